// What a call says is wrong.
#pragma once

#include <string>

#include "base/error.h"

namespace assay::test {

// The whole diagnosis that the call throws as an InputError; "no error" when it throws none.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace assay::test
