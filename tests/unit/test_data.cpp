#include "test_data.h"

namespace assay::test {

std::filesystem::path test_data() { return ASSAY_TEST_DATA; }

}  // namespace assay::test
