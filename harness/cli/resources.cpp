// `assay resources`: this machine's GPUs, for CTest or for a person.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "launch/gpus.h"

namespace assay {

namespace {

std::vector<MachineGpu> within_mask(const std::vector<MachineGpu>& gpus) {
  if (gpus.empty()) return gpus;
  const char* mask = std::getenv(mask_variable(gpus.front().vendor));
  return visible_gpus(gpus, mask == nullptr ? std::nullopt : std::optional<std::string>(mask));
}

int print_resources(const std::string& format) {
  const auto detected = detect_gpus();
  if (!detected.problem.empty()) std::cerr << "assay: no GPU: " << detected.problem << '\n';
  const auto gpus = within_mask(detected.gpus);
  if (format == "spec") {
    std::cout << resource_specification(gpus);
    return exit_passed;
  }
  for (const auto& gpu : gpus) {
    std::cout << gpu.index << "  " << gpu.gpu.model << "  " << gpu.gpu.uuid << "  driver "
              << gpu.gpu.driver << '\n';
  }
  std::cout << gpus.size() << (gpus.size() == 1 ? " GPU\n" : " GPUs\n");
  return exit_passed;
}

}  // namespace

void add_resources_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("resources", "Show the GPUs of this machine");
  auto format = std::make_shared<std::string>("table");
  command
      .add_option("--format", *format,
                  "table, or spec: a CTest resource specification\n"
                  "(ctest --resource-spec-file)")
      .one_of({"table", "spec"})
      .show_default();
  command.footer(
      "Asks nvidia-smi, else rocm-smi. CUDA_VISIBLE_DEVICES and\n"
      "ROCR_VISIBLE_DEVICES narrow the answer.");
  command.callback([format, &exit_code] { exit_code = print_resources(*format); });
}

}  // namespace assay
