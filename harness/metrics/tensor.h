// A TensorFlow TensorProto that holds one number.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

struct ScalarTensor {
  double value = 0;
  bool is_float32 = false;  // stored with 24 bits of mantissa or fewer
};

// The number, whichever of TensorProto's fields it is stored in
// (tensorflow/core/framework/tensor.proto); nothing when the tensor holds several numbers, none,
// something else, or is malformed.
std::optional<ScalarTensor> read_scalar_tensor(std::string_view proto);

}  // namespace assay
