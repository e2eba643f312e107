// `assay discover`: what Assay.cmake calls whenever ctest starts. It brings the CTest files of one
// assay_add_recipes() up to date and prints the path of the file that ctest is to include.
#include <iostream>
#include <memory>

#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/discovery.h"
#include "cli/options.h"

namespace assay {

namespace {

struct DiscoverOptions {
  std::vector<std::string> paths;
  std::string directory;
  std::string build_dir;
  std::vector<std::string> ctest_directories;
  std::vector<std::string> earlier;
  SiteOptions site;
  std::string filter;
  std::string prefix;
  std::vector<std::string> labels;
  std::string only;
};

int discover_cases(const DiscoverOptions& options) {
  const auto absolute = [](const std::string& path) {
    return path.empty() ? std::filesystem::path{}
                        : std::filesystem::absolute(path).lexically_normal();
  };
  DiscoveryRequest request;
  request.directory = absolute(options.directory);
  for (const auto& path : options.paths) request.recipes.push_back(absolute(path));
  request.site = options.site;
  request.site.site = absolute(options.site.site).string();
  request.filter = options.filter;
  request.load_filter = environment_or_empty("ASSAY_FILTER");
  request.prefix = options.prefix;
  request.labels = options.labels;
  request.build_dir = absolute(options.build_dir);
  for (const auto& path : options.ctest_directories) {
    request.ctest_directories.push_back(absolute(path));
  }
  for (const auto& path : options.earlier) request.earlier.push_back(absolute(path));
  request.tool = std::filesystem::read_symlink("/proc/self/exe");
  request.only = options.only;

  const auto discovery = discover(request);
  for (const auto& notice : discovery.notices) std::cerr << notice << '\n';
  std::cout << discovery.list.string() << '\n';
  return exit_passed;
}

}  // namespace

void add_discover_command(CliCommand app, int& exit_code) {
  auto command =
      app.add_subcommand("discover", "Write the CTest files of recipes (ctest calls this itself)");
  auto options = std::make_shared<DiscoverOptions>();
  command.add_option("PATH", options->paths, "Recipe files or directories").required();
  command.add_option("--directory", options->directory, "Where the CTest files go")
      .required()
      .type_name("DIR");
  command
      .add_option("--build-dir", options->build_dir,
                  "The build tree; work and history go below it\n"
                  "where nobody says otherwise")
      .required()
      .type_name("DIR");
  command
      .add_option("--ctest-dir", options->ctest_directories,
                  "Directory where ctest may be started (repeatable):\n"
                  "what CTest remembers there by a case's number is\n"
                  "removed when the cases change")
      .repeatable()
      .type_name("DIR");
  command
      .add_option("--earlier", options->earlier,
                  "--directory of an earlier call (repeatable): cases of\n"
                  "its names are errors here")
      .repeatable()
      .type_name("DIR");
  options->site.add_to(command);
  command
      .add_option("--filter", options->filter, "Only products that match this, and $ASSAY_FILTER")
      .type_name("EXPR");
  command.add_option("--prefix", options->prefix, "Before each case's name").type_name("TEXT");
  command.add_option("--add-label", options->labels, "Label of each case (repeatable)")
      .repeatable()
      .type_name("LABEL");
  command
      .add_option("--only", options->only,
                  "Only the cases of this test directory below\n--directory")
      .type_name("NAME");
  command.callback([options, &exit_code] { exit_code = discover_cases(*options); });
}

}  // namespace assay
