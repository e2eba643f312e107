#include "launch/gpus.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::chrono::seconds k_tool_time_limit{30};

constexpr const char* k_nvidia_query =
    "--query-gpu=index,uuid,name,driver_version,mig.mode.current";

std::vector<std::string> csv_fields(std::string_view line) {
  auto fields = split(line, ',');
  for (auto& field : fields) field = std::string(trim(field));
  return fields;
}

// One line of `nvidia-smi --query-gpu`; nothing for blank lines and messages.
std::optional<std::pair<MachineGpu, bool>> parse_query_line(std::string_view line) {
  const auto fields = csv_fields(line);
  if (fields.size() < 4) return std::nullopt;
  const auto index = parse_integer(fields[0]);
  if (!index) return std::nullopt;
  MachineGpu gpu{GpuVendor::nvidia, static_cast<int>(*index), {fields[1], fields[2], fields[3]}};
  return std::pair{std::move(gpu), fields.size() > 4 && fields[4] == "Enabled"};
}

// "  MIG 1g.10gb     Device  0: (UUID: MIG-...)" below "GPU 0: NVIDIA H200 (UUID: GPU-...)".
std::vector<Gpu> mig_instances(std::string_view list, int gpu_index, const Gpu& parent) {
  std::vector<Gpu> found;
  bool inside = false;
  for (const auto& line : split(list, '\n')) {
    const auto text = trim(line);
    if (text.starts_with("GPU ")) {
      inside = text.starts_with("GPU " + std::to_string(gpu_index) + ":");
      continue;
    }
    const auto uuid = text.find("(UUID: ");
    const auto device = text.find(" Device");
    if (!inside || !text.starts_with("MIG ") || uuid == std::string_view::npos) continue;
    auto id = text.substr(uuid + 7);
    id = id.substr(0, id.find(')'));
    found.push_back({std::string(id),
                     parent.model + " " + std::string(trim(text.substr(0, device))),
                     parent.driver});
  }
  return found;
}

std::string ask(const std::vector<std::string>& arguments, std::string& problem) {
  Command command;
  command.arguments = arguments;
  command.time_limit = k_tool_time_limit;
  const auto result = run_command(command);
  if (std::holds_alternative<TimedOut>(result.end)) {
    throw TransientError(describe(command, result));
  }
  if (result.succeeded()) return result.out;
  problem = describe(command, result);
  // nvidia-smi writes its errors to standard output.
  if (result.err.empty() && !trim(result.out).empty()) {
    problem += ": " + valid_utf8(trim(result.out));
  }
  std::replace(problem.begin(), problem.end(), '\n', ' ');
  return {};
}

std::string text_of(const nlohmann::json& card, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = card.find(name);
    if (found != card.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

}  // namespace

bool has_mig(std::string_view query) {
  for (const auto& line : split(query, '\n')) {
    const auto parsed = parse_query_line(line);
    if (parsed && parsed->second) return true;
  }
  return false;
}

std::vector<MachineGpu> parse_nvidia_smi(std::string_view query, std::string_view list) {
  std::vector<MachineGpu> gpus;
  for (const auto& line : split(query, '\n')) {
    auto parsed = parse_query_line(line);
    if (!parsed) continue;
    auto& [gpu, is_mig] = *parsed;
    if (!is_mig) {
      gpus.push_back(std::move(gpu));
      continue;
    }
    for (auto& instance : mig_instances(list, gpu.index, gpu.gpu)) {
      gpus.push_back({GpuVendor::nvidia, gpu.index, std::move(instance)});
    }
  }
  return gpus;
}

std::vector<MachineGpu> parse_rocm_smi(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) throw Error("rocm-smi: its answer is no JSON object");
  std::string driver;
  if (document.contains("system")) driver = text_of(document["system"], {"Driver version"});
  std::map<int, MachineGpu> by_index;
  for (const auto& [name, card] : document.items()) {
    const auto index = name.starts_with("card") ? parse_integer(name.substr(4)) : std::nullopt;
    if (!index || !card.is_object()) continue;
    auto unique = to_lower(text_of(card, {"Unique ID"}));
    if (unique.starts_with("0x")) unique.erase(0, 2);
    // Cards without a unique id are known to the mask by their index only.
    const auto uuid = unique.empty() || unique == "n/a" ? std::to_string(*index) : "GPU-" + unique;
    auto model = text_of(card, {"Card Series", "Card series", "Card Model", "Card model"});
    by_index[static_cast<int>(*index)] = {
        GpuVendor::amd, static_cast<int>(*index), {uuid, std::move(model), driver}};
  }
  std::vector<MachineGpu> gpus;
  for (auto& [index, gpu] : by_index) gpus.push_back(std::move(gpu));
  return gpus;
}

DetectedGpus detect_gpus() {
  DetectedGpus detected;
  if (find_program("nvidia-smi")) {
    const auto query =
        ask({"nvidia-smi", k_nvidia_query, "--format=csv,noheader,nounits"}, detected.problem);
    const auto list = has_mig(query) ? ask({"nvidia-smi", "-L"}, detected.problem) : std::string{};
    detected.gpus = parse_nvidia_smi(query, list);
  }
  if (detected.gpus.empty() && find_program("rocm-smi")) {
    const auto json =
        ask({"rocm-smi", "--showuniqueid", "--showproductname", "--showdriverversion", "--json"},
            detected.problem);
    if (!trim(json).empty()) detected.gpus = parse_rocm_smi(json);
  }
  if (!detected.gpus.empty()) detected.problem.clear();
  return detected;
}

std::vector<MachineGpu> visible_gpus(const std::vector<MachineGpu>& gpus,
                                     const std::optional<std::string>& mask) {
  if (!mask) return gpus;
  std::vector<MachineGpu> visible;
  for (const auto& part : split(*mask, ',')) {
    const std::string entry(trim(part));
    const auto index = parse_integer(entry);
    const auto found = std::find_if(gpus.begin(), gpus.end(), [&](const MachineGpu& gpu) {
      if (index) return gpu.index == *index;
      return entry.size() > 4 && to_lower(gpu.gpu.uuid).starts_with(to_lower(entry));
    });
    if (found == gpus.end()) break;
    visible.push_back(*found);
  }
  return visible;
}

const char* mask_variable(GpuVendor vendor) {
  return vendor == GpuVendor::nvidia ? "CUDA_VISIBLE_DEVICES" : "ROCR_VISIBLE_DEVICES";
}

std::string resource_id(std::string_view uuid) {
  auto id = to_lower(uuid);
  for (char& c : id) {
    const bool is_allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_allowed) c = '_';
  }
  return id;
}

std::string resource_specification(const std::vector<MachineGpu>& gpus) {
  auto resources = nlohmann::json::array();
  for (const auto& gpu : gpus) {
    resources.push_back({{"id", resource_id(gpu.gpu.uuid)}, {"slots", 1}});
  }
  nlohmann::ordered_json specification;
  specification["version"] = {{"major", 1}, {"minor", 0}};
  auto local = nlohmann::json::object();
  if (!resources.empty()) local["gpus"] = resources;
  specification["local"] = nlohmann::json::array({local});
  return specification.dump(2) + "\n";
}

}  // namespace assay
