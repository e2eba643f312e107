// Where the tests' recorded and approved files lie.
#pragma once

#include <filesystem>

namespace assay::test {

// tests/data of the checkout that was built.
std::filesystem::path test_data();

}  // namespace assay::test
