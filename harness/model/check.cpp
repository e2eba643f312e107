#include "model/check.h"

namespace assay {

std::string to_string(Finding::Status status) {
  switch (status) {
    case Finding::Status::passed:
      return "passed";
    case Finding::Status::failed:
      return "failed";
    case Finding::Status::regressed:
      return "regressed";
    case Finding::Status::improved:
      return "improved";
    case Finding::Status::missing:
      return "missing";
    case Finding::Status::no_baseline:
      return "no-baseline";
  }
  return {};
}

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::errored:
      return "errored";
    case Verdict::skipped:
      return "skipped";
  }
  return {};
}

}  // namespace assay
