#include "cli/cdash_setup.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace assay {

namespace {

using nlohmann::json;

constexpr std::chrono::hours k_token_life{24 * 180};
constexpr auto k_token_description = "assay: submissions";

// What both kinds of API call the same settings. CDash (3.x to 5.x) keeps builds for ever below 2
// days.
struct Setting {
  const char* rest;
  const char* graphql;
  json value;
};

std::vector<Setting> settings_of(const CdashSetup& wanted) {
  std::vector<Setting> out = {
      {"AuthenticateSubmissions", "authenticateSubmissions", true},
      {"AutoremoveTimeframe", "autoRemoveTimeFrame", 0},
      {"ShowTestTime", "enableTestTiming", false},
      {"EmailTestTimingChanged", "emailTestTimingChanged", false},
      {"EmailBrokenSubmission", "emailBrokenSubmissions", true},
      {"EmailRedundantFailures", "emailRedundantFailures", false},
      {"DisplayLabels", "displayLabels", true},
  };
  if (!wanted.description.empty()) {
    out.push_back({"Description", "description", wanted.description});
  }
  if (!wanted.home_url.empty()) out.push_back({"HomeUrl", "homeUrl", wanted.home_url});
  return out;
}

// REST has 1 and "1" and true for one thing.
bool same(const json& have, const json& want) {
  const auto text = [](const json& value) -> std::string {
    if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? "" : value.dump();
  };
  return text(have) == text(want);
}

json rest_value(const json& value) {
  return value.is_boolean() ? json(value.get<bool>() ? 1 : 0) : value;
}

[[noreturn]] void fail(const CdashClient& client, const std::string& what,
                       const CdashReply& reply) {
  throw Error(client.base() + ": " + what + ": " + reply.reason());
}

std::string id_text(const json& id) { return id.is_string() ? id.get<std::string>() : id.dump(); }

void keep_token(const CdashSetup& wanted, const std::string& token, const CdashProgress& progress) {
  if (token.empty()) throw Error("the server made a token, but did not say it");
  write_file_atomically(wanted.token_file, token + "\n", 0600);
  progress("submit-only token: written to " + wanted.token_file.string());
}

bool has_token(const CdashSetup& wanted, const CdashProgress& progress) {
  if (wanted.token_file.empty()) return true;
  if (!std::filesystem::exists(wanted.token_file)) return false;
  progress("submit-only token: kept, " + wanted.token_file.string() + " exists");
  return true;
}

// REST, CDash 3.x and 4.x.
class RestSetup {
 public:
  RestSetup(CdashClient& client, const CdashSetup& wanted, const CdashProgress& progress)
      : client_(client), wanted_(wanted), progress_(progress) {}

  void run() {
    find_or_create();
    add_groups();
    add_columns();
    if (!has_token(wanted_, progress_)) add_token();
  }

 private:
  void find_or_create() {
    const auto index = client_.get("/api/v1/index.php", {{"project", wanted_.project}});
    if (index.succeeded() && index.body.contains("projectid")) {
      id_ = index.body["projectid"];
      groups_ = index.body.value("all_buildgroups", json::array());
      update();
      return;
    }
    // What the form of a new project has filled in (recorded with 3.10.2).
    json project{{"Name", wanted_.project},
                 {"Public", wanted_.is_public ? 1 : 0},
                 {"AutoremoveMaxBuilds", 100000},
                 {"CoverageThreshold", 70},
                 {"EmailMaxChars", 255},
                 {"EmailMaxItems", 5},
                 {"NightlyTime", "01:00:00 UTC"},
                 {"ShowCoverageCode", 1},
                 {"TestTimeMaxStatus", 3},
                 {"TestTimeStd", 4},
                 {"TestTimeStdThreshold", 1},
                 {"UploadQuota", 10},
                 {"ShareLabelFilters", 1},
                 {"ViewSubProjectsLink", 1},
                 {"WarningsFilter", ""},
                 {"ErrorsFilter", ""},
                 {"Description", ""},
                 {"HomeUrl", ""}};
    for (const auto& setting : settings_of(wanted_))
      project[setting.rest] = rest_value(setting.value);
    const auto made = client_.post("/api/v1/project.php", {{"Submit", true}, {"project", project}});
    if (!made.succeeded() || !made.body.contains("projectcreated")) {
      fail(client_, "cannot make project " + wanted_.project, made);
    }
    progress_("project " + wanted_.project + ": made");
    const auto again = client_.get("/api/v1/index.php", {{"project", wanted_.project}});
    if (!again.succeeded() || !again.body.contains("projectid")) {
      fail(client_, "project " + wanted_.project + " was made, but is not there", again);
    }
    id_ = again.body["projectid"];
    groups_ = again.body.value("all_buildgroups", json::array());
  }

  void update() {
    const auto have = client_.get("/api/v1/project.php", {{"project", json{{"Id", id_}}.dump()}});
    if (!have.succeeded() || !have.body.contains("project")) {
      fail(client_, "cannot read the settings of " + wanted_.project, have);
    }
    json changes{{"Id", id_}};
    std::vector<std::string> names;
    for (const auto& setting : settings_of(wanted_)) {
      if (same(have.body["project"].value(setting.rest, json()), setting.value)) continue;
      changes[setting.rest] = rest_value(setting.value);
      names.emplace_back(setting.rest);
    }
    if (names.empty()) {
      progress_("project " + wanted_.project + ": as wanted");
      return;
    }
    const auto done = client_.post("/api/v1/project.php", {{"Update", true}, {"project", changes}});
    if (!done.succeeded() || !done.body.contains("projectupdated")) {
      fail(client_, "cannot change project " + wanted_.project, done);
    }
    progress_("project " + wanted_.project + ": changed " + join(names, ", "));
  }

  void add_groups() {
    for (const auto& name : wanted_.groups) {
      const bool is_there = std::any_of(groups_.begin(), groups_.end(), [&](const json& group) {
        return group.value("name", "") == name;
      });
      if (is_there) {
        progress_("group " + name + ": there");
        continue;
      }
      const auto made = client_.post("/api/v1/buildgroup.php", {{"projectid", id_},
                                                                {"project", wanted_.project},
                                                                {"newbuildgroup", name},
                                                                {"type", "Daily"}});
      if (!made.succeeded()) fail(client_, "cannot make group " + name, made);
      progress_("group " + name + ": made");
    }
  }

  void add_columns() {
    const auto have = client_.get("/api/v1/manageMeasurements.php", {{"projectid", id_text(id_)}});
    if (!have.succeeded() || !have.body.is_object()) {
      fail(client_, "cannot read the measurement columns", have);
    }
    std::set<std::string> names;
    int position = 0;
    for (const auto& one : have.body.value("measurements", json::array())) {
      names.insert(one.value("name", ""));
      ++position;
    }
    for (const auto& name : wanted_.measurements) {
      if (!names.insert(name).second) continue;
      const json column{{"id", -1}, {"name", name}, {"position", ++position}};
      const auto made = client_.post("/api/v1/manageMeasurements.php",
                                     {{"projectid", id_}, {"measurements", json::array({column})}});
      if (!made.succeeded()) fail(client_, "cannot make the column " + name, made);
      progress_("column " + name + ": made");
    }
  }

  void add_token() {
    const auto made = client_.post(
        "/api/authtokens/create",
        {{"scope", "submit_only"}, {"description", k_token_description}, {"projectid", id_}});
    if (!made.succeeded() || !made.body.is_object()) fail(client_, "cannot make a token", made);
    keep_token(wanted_, made.body.value("raw_token", ""), progress_);
  }

  CdashClient& client_;
  const CdashSetup& wanted_;
  const CdashProgress& progress_;
  json id_;
  json groups_ = json::array();
};

// GraphQL, CDash 5.x (its graphql/schema.graphql).
class GraphqlSetup {
 public:
  GraphqlSetup(CdashClient& client, const CdashSetup& wanted, const CdashProgress& progress)
      : client_(client), wanted_(wanted), progress_(progress) {}

  void run() {
    auto project = read();
    if (project.is_null()) {
      create();
      project = read();
      if (project.is_null()) throw Error(client_.base() + ": the new project is not there");
    }
    id_ = project["id"];
    update(project);
    add_columns(project);
    add_groups();
    if (!has_token(wanted_, progress_)) add_token();
  }

 private:
  json read() {
    std::string fields;
    for (const auto& setting : settings_of(wanted_)) fields += std::string(" ") + setting.graphql;
    return client_.graphql(
        "query($name: String!) { project(name: $name) { id visibility" + fields +
            " pinnedTestMeasurements(first: 100) { edges { node { name } } } } }",
        {{"name", wanted_.project}})["project"];
  }

  // Runs a mutation and hands back its payload; CDash says what is wrong in `message`.
  json change(const std::string& name, const std::string& type, const json& input,
              const std::string& fields) {
    const auto data = client_.graphql(
        "mutation($input: " + type + "!) { " + name + "(input: $input) { " + fields + " } }",
        {{"input", input}});
    const auto& payload = data.at(name);
    if (payload.is_null()) throw Error(client_.base() + ": " + name + " was refused");
    if (payload.contains("message") && payload["message"].is_string()) {
      throw Error(client_.base() + ": " + name + ": " + payload["message"].get<std::string>());
    }
    return payload;
  }

  void create() {
    change("createProject", "CreateProjectInput",
           {{"name", wanted_.project},
            {"description", wanted_.description},
            {"visibility", wanted_.is_public ? "PUBLIC" : "PRIVATE"},
            {"authenticateSubmissions", true}},
           "id");
    progress_("project " + wanted_.project + ": made");
  }

  void update(const json& have) {
    json changes{{"id", id_}};
    std::vector<std::string> names;
    for (const auto& setting : settings_of(wanted_)) {
      if (same(have.value(setting.graphql, json()), setting.value)) continue;
      changes[setting.graphql] = setting.value;
      names.emplace_back(setting.graphql);
    }
    if (names.empty()) {
      progress_("project " + wanted_.project + ": as wanted");
      return;
    }
    change("updateProject", "UpdateProjectInput", changes, "message");
    progress_("project " + wanted_.project + ": changed " + join(names, ", "));
  }

  void add_columns(const json& have) {
    std::set<std::string> names;
    for (const auto& one : nodes_of(have["pinnedTestMeasurements"])) names.insert(one["name"]);
    for (const auto& name : wanted_.measurements) {
      if (!names.insert(name).second) continue;
      change("createPinnedTestMeasurement", "CreatePinnedTestMeasurementInput",
             {{"projectId", id_}, {"name", name}}, "message");
      progress_("column " + name + ": made");
    }
  }

  // GraphQL has no build groups; the page that manages them still answers by REST, where it does.
  void add_groups() {
    for (const auto& name : wanted_.groups) {
      const auto made = client_.post("/api/v1/buildgroup.php", {{"projectid", id_},
                                                                {"project", wanted_.project},
                                                                {"newbuildgroup", name},
                                                                {"type", "Daily"}});
      progress_("group " + name + ": " +
                (made.succeeded()
                     ? "there"
                     : "make it by hand, in the project's settings (" + made.reason() + ")"));
    }
  }

  void add_token() {
    const auto payload =
        change("createAuthenticationToken", "CreateAuthenticationTokenInput",
               {{"projectId", id_},
                {"scope", "SUBMIT_ONLY"},
                {"description", k_token_description},
                {"expiration", to_iso8601(now() + k_token_life).substr(0, 19) + "+00:00"}},
               "message rawToken");
    keep_token(wanted_, payload.value("rawToken", ""), progress_);
  }

  CdashClient& client_;
  const CdashSetup& wanted_;
  const CdashProgress& progress_;
  json id_;
};

// Whether the server's GraphQL can do what is needed.
bool has_graphql_setup(CdashClient& client) {
  try {
    const auto data = client.graphql("query { __type(name: \"Mutation\") { fields { name } } }");
    if (!data.contains("__type") || data["__type"].is_null()) return false;
    std::set<std::string> names;
    for (const auto& field : data["__type"]["fields"]) names.insert(field.value("name", ""));
    return names.contains("updateProject") && names.contains("createPinnedTestMeasurement");
  } catch (const TransientError&) {
    throw;
  } catch (const Error&) {
    return false;  // no GraphQL, or none that may be asked what it can: an older server
  }
}

}  // namespace

void set_up_cdash(CdashClient& client, const CdashSetup& wanted, const CdashProgress& progress) {
  if (has_graphql_setup(client)) {
    GraphqlSetup(client, wanted, progress).run();
  } else {
    RestSetup(client, wanted, progress).run();
  }
}

}  // namespace assay
