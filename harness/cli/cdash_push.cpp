// Old records as builds of the past.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "base/md5.h"
#include "base/text.h"
#include "cli/cdash_history.h"
#include "cli/ctest_files.h"
#include "report/test_xml.h"

namespace assay {

namespace {

constexpr int k_tries = 3;

// CDash answers with an id, or it has not taken it: 200 alone means nothing.
std::string build_id_of(const std::string& answer) {
  constexpr std::string_view k_begin = "<buildId>";
  const auto begin = answer.find(k_begin);
  if (begin == std::string::npos || answer.find("<status>OK</status>") == std::string::npos)
    return {};
  const auto text = std::string_view(answer).substr(begin + k_begin.size());
  const auto id = text.substr(0, text.find('<'));
  return parse_integer(id) ? std::string(id) : std::string{};
}

class Push {
 public:
  Push(CdashClient& client, const CdashPush& options) : client_(client), options_(options) {}

  // The build's id.
  std::string send(const std::vector<Record>& records, const std::string& run_id) {
    TestXmlOptions xml;
    const auto& first = records.front();
    const auto gpu = first.gpu_model();
    xml.site = options_.site.empty() ? first.launcher : options_.site;
    xml.build_name = options_.build_name.empty()
                         ? case_name(first.launcher + (gpu.empty() ? "" : "-" + gpu))
                         : options_.build_name;
    xml.group = options_.group;
    xml.stamp = stamp_of(records, run_id);
    auto id = upload("Test.xml", xml, test_xml(records, xml));
    upload("Done.xml", xml,
           fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Done><buildId>{}</buildId>"
                       "<time>{}</time></Done>\n",
                       id, seconds(now())));
    return id;
  }

 private:
  static long long seconds(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  }

  // The first record's minute; a run that shares it with another gets the next one that is free.
  std::string stamp_of(const std::vector<Record>& records, const std::string& run_id) {
    auto start = std::min_element(records.begin(), records.end(), [](const auto& a, const auto& b) {
                   return a.created < b.created;
                 })->created;
    for (;; start += std::chrono::minutes(1)) {
      const auto text = to_iso8601(start);
      auto stamp = text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" +
                   text.substr(11, 2) + text.substr(14, 2) + "-" + options_.group;
      const auto [owner, is_free] = stamps_.try_emplace(stamp, run_id);
      if (is_free || owner->second == run_id) return stamp;
    }
  }

  std::string upload(const std::string& part, const TestXmlOptions& xml, const std::string& text) {
    const CdashQuery query{
        {"project", options_.project},
        {"FileName", xml.site + "___" + xml.build_name + "___" + xml.stamp + "___XML___" + part},
        {"build", xml.build_name},
        {"site", xml.site},
        {"stamp", xml.stamp},
        {"MD5", md5_hex(text)}};
    for (int attempt = 1;; ++attempt) {
      const auto reply = client_.submit(query, text);
      auto id = build_id_of(reply.text);
      if (reply.succeeded() && !id.empty()) return id;
      const bool may_help = reply.status >= 500 || reply.succeeded();
      if (!may_help || attempt == k_tries) {
        throw Error(client_.base() + " did not take " + part + " of " + xml.stamp + ": " +
                    (reply.succeeded() ? "the answer names no build" : reply.reason()));
      }
    }
  }

  CdashClient& client_;
  const CdashPush& options_;
  std::map<std::string, std::string> stamps_;  // stamp to run
};

}  // namespace

std::size_t push_to_cdash(CdashClient& client, std::span<const Record> records,
                          const CdashPush& options, const CdashPushed& pushed) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<Record>> builds;
  for (const auto& record : records) {
    builds[{record.run_id, record.launcher, record.gpu_model()}].push_back(record);
  }
  Push push(client, options);
  for (const auto& [series, build] : builds) {
    const auto id = push.send(build, std::get<0>(series));
    pushed(client.base() + "/builds/" + id);
  }
  return builds.size();
}

}  // namespace assay
