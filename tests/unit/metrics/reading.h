// Runs one reader over text, for the tests of this folder.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "piecewise.h"

namespace assay {

struct ReadResult : ReadSeries {
  // The series of that name; fails the test where there is none.
  const Series& operator[](std::string_view name) const {
    static const Series k_none;
    for (const Series& one : series) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no series '" << name << "'";
    return k_none;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Series& one : series) all.push_back(one.name);
    return all;
  }
};

template <typename Reader>
ReadResult read_with(Reader reader, std::string_view text, std::size_t piece = 1 << 20) {
  return {read_in_pieces(reader, text, piece)};
}

}  // namespace assay
