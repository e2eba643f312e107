// The GPUs of this machine: which there are, which of them a caller may see, and how they are
// described to CTest. All parsing is pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"

namespace assay {

enum class GpuVendor { nvidia, amd };

struct MachineGpu {
  GpuVendor vendor = GpuVendor::nvidia;
  int index = 0;  // in the vendor tool's order
  Gpu gpu;        // uuid as the vendor's masks take it: "GPU-...", "MIG-..."
};

struct DetectedGpus {
  std::vector<MachineGpu> gpus;
  std::string problem;  // what the vendor's tool said instead of an answer; empty: nothing
};

// Asks nvidia-smi, else rocm-smi, where they are on PATH. A machine without either has no GPU.
// Throws TransientError when a tool does not answer in time: a hanging GPU driver is no absence.
DetectedGpus detect_gpus();

// `nvidia-smi --query-gpu=index,uuid,name,driver_version,mig.mode.current
// --format=csv,noheader,nounits`. GPUs in MIG mode carry no work themselves; their instances are
// in `list`, the answer of `nvidia-smi -L`.
std::vector<MachineGpu> parse_nvidia_smi(std::string_view query, std::string_view list);
bool has_mig(std::string_view query);

// `rocm-smi --showuniqueid --showproductname --showdriverversion --json`. Throws Error for text
// that is no such JSON.
std::vector<MachineGpu> parse_rocm_smi(std::string_view json);

// The GPUs that a mask (CUDA_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES) leaves, in its order: indices
// or the beginnings of UUIDs; as CUDA does it, everything from the first invalid entry on is
// ignored (CUDA C++ Programming Guide, environment variables). No mask leaves all.
std::vector<MachineGpu> visible_gpus(const std::vector<MachineGpu>& gpus,
                                     const std::optional<std::string>& mask);

// The name of the mask variable that a vendor's libraries read.
const char* mask_variable(GpuVendor vendor);

// A GPU's id in a CTest resource specification, which allows [a-z0-9_] only.
std::string resource_id(std::string_view uuid);

// CTest's resource specification (version 1.0) with one slot for each GPU.
std::string resource_specification(const std::vector<MachineGpu>& gpus);

}  // namespace assay
