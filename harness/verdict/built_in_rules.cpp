// The built-in rules of classify.h. Patterns are matched against single lines of the logs.
#include "verdict/built_in_rules.h"

#include <array>

namespace assay {

namespace {

using Class = AttemptClass;

constexpr auto k_code_errors =
    R"(^(?:\[[^\]]*\]:? ?|\d+: ?)*(?:[A-Za-z_]\w*\.)*(?:Assertion|Attribute|Import|Index|Key|)"
    R"(ModuleNotFound|Name|NotImplemented|Recursion|Syntax|Type|Value|ZeroDivision)Error(?::|$))";

constexpr std::array k_rules = {
    BuiltInRule{Class::infra, "the node failed", "node-failed", {}},
    BuiltInRule{Class::infra, "the job was preempted", "preempted", {}},
    BuiltInRule{Class::infra, "the job never started", "launch-failed", {}},
    BuiltInRule{Class::infra, "the job was lost", "lost", {}},
    BuiltInRule{Class::infra, "somebody cancelled the job", "cancelled", {}},
    BuiltInRule{Class::infra, "the run's time was spent", "deadline", {}},
    BuiltInRule{Class::real, "the job used more memory than it has", "out-of-memory", {}},
};

// Broken hardware. The Xid numbers are those that NVIDIA's Xid catalogue puts down to the GPU, its
// memory, its link or its firmware; 13, 31, 43 and 45 are an application's own faults.
constexpr std::array k_hardware = {
    BuiltInRule{Class::infra,
                "a GPU's memory failed (ECC)",
                {},
                "uncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE|cudaErrorECCUncorrectable"},
    BuiltInRule{Class::infra,
                "a GPU failed (Xid)",
                {},
                R"(\bXid\b[^\n]{0,80}?: ?(?:48|62|63|64|74|79|92|94|95|119|120|121|140|143)\b)"},
    BuiltInRule{Class::infra, "a GPU failed", {}, "GPU has fallen off the bus"},
    BuiltInRule{Class::infra,
                "the node failed",
                {},
                "DUE TO NODE FAILURE|[Nn]ode failure on |srun: error: Node failure"},
    BuiltInRule{Class::infra, "the job was preempted", {}, "DUE TO PREEMPTION"},
};

constexpr std::array k_real = {
    BuiltInRule{Class::real,
                "a value became NaN",
                {},
                R"((?i)\b(?:found|encountered|detected|got|contains) nans?\b|)"
                R"(\b(?:loss|grad(?:ient)?s?(?:[ _]norm)?)\b ?(?:is|are|=|:|became) ?)"
                R"((?:tensor\()?nan\b)"},
    BuiltInRule{Class::real,
                "the program crashed",
                {},
                R"(Segmentation fault|\bSIGSEGV\b|\bSIGBUS\b|\bSIGFPE\b|\bSIGILL\b)"},
    BuiltInRule{Class::real,
                "a GPU kernel accessed memory it must not",
                {},
                R"(illegal memory access|CUDA_ERROR_ILLEGAL_ADDRESS|cudaErrorIllegalAddress|)"
                R"(misaligned address|device-side assert triggered|)"
                R"(\bXid\b[^\n]{0,80}?: ?(?:13|31|43)\b)"},
    BuiltInRule{Class::real,
                "the program ran out of memory",
                {},
                R"((?:CUDA|HIP) out of memory|OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|)"
                R"(cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED: Out of memory|)"
                R"(\boom[-_]kill|Out of memory: Killed process|\bMemoryError\b|std::bad_alloc)"},
    BuiltInRule{Class::real, "an error of the program", {}, k_code_errors},
};

// The lines that Megatron-LM's tests take for the infrastructure's, and launch errors.
constexpr std::array k_network = {
    BuiltInRule{Class::infra,
                "collective communication failed",
                {},
                R"(Some NCCL operations have failed or timed out\.|)"
                R"(Watchdog caught collective operation timeout|)"
                R"(torch\.distributed\.DistNetworkError)"},
    BuiltInRule{Class::infra,
                "a connection failed",
                {},
                R"(Connection reset by peer|)"
                R"(The server socket has failed to listen on any local network address|)"
                R"(zmq\.error\.ZMQError: Address already in use|)"
                R"(Temporary failure in name resolution|No route to host)"},
    BuiltInRule{Class::infra,
                "a download failed",
                {},
                R"(We couldn't connect to 'https://huggingface\.co')"},
    BuiltInRule{Class::infra, "storage failed", {}, "Disk quota exceeded|Stale file handle"},
    BuiltInRule{Class::infra,
                "the GPU's driver failed",
                {},
                R"(Call to CUDA function failed\.|unspecified launch failure|)"
                R"(CUDA-capable device\(s\) is/are busy or unavailable)"},
    BuiltInRule{Class::infra,
                "the job could not be launched",
                {},
                R"(ErrImagePull|ImagePullBackOff|failed to import docker image|)"
                R"(srun: error: Unable to create step|Unable to confirm allocation)"},
};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<BuiltInRule, Sizes>&... arrays) {
  std::array<BuiltInRule, (Sizes + ...)> all{};
  std::size_t next = 0;
  const auto append = [&](const auto& rules) {
    for (const auto& rule : rules) all.at(next++) = rule;
  };
  (append(arrays), ...);
  return all;
}

constexpr auto k_all = joined(k_rules, k_hardware, k_real, k_network);

}  // namespace

std::span<const BuiltInRule> built_in_rules() { return k_all; }
std::span<const BuiltInRule> end_rules() { return k_rules; }
std::span<const BuiltInRule> hardware_rules() { return k_hardware; }
std::span<const BuiltInRule> real_rules() { return k_real; }
std::span<const BuiltInRule> network_rules() { return k_network; }

}  // namespace assay
