#!/usr/bin/env bash
# One suite of a CI pipeline, from its choice to its exit code: run.sh SUITE
#
# Run in the checkout by the templates beside it. Settings of the ctest scripts come from the
# environment as ASSAY_<NAME>; beside them:
#   ASSAY_SELECTED       yes: ASSAY_SCRIPT, ASSAY_RECIPES and ASSAY_FILTER are set already (child
#                        pipelines); otherwise `assay ci select` sets them
#   ASSAY_REPORT_DIR     where the reports go (default: assay-reports)
#   ASSAY_HISTORY_CACHE  a file of JSON lines that the CI carries from run to run; empty: none
# Ends with 0 all passed or nothing to run, 1 a case failed, 2 usage or recipe error, 3 only
# infrastructure failed.
set -u -o pipefail
suite=${1:?usage: run.sh SUITE}
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P) || exit 3
export ASSAY_SOURCE_DIR=${ASSAY_SOURCE_DIR:-$PWD}
export ASSAY_BUILD_DIR=${ASSAY_BUILD_DIR:-$PWD/build/assay-$suite}
reports=${ASSAY_REPORT_DIR:-assay-reports}
cache=${ASSAY_HISTORY_CACHE:-}
mkdir -p "$reports" "$ASSAY_BUILD_DIR" || exit 3

# The tool: on PATH, or made by the build that the run needs anyway.
PATH=$PATH:$ASSAY_BUILD_DIR/assay/bin
if ! command -v assay >/dev/null; then
  env -u ASSAY_FILTER -u ASSAY_MODEL ctest -S "$scripts/experimental.cmake" -V -DDRY_RUN=ON </dev/null
  if ! command -v assay >/dev/null; then
    echo "There is no assay: neither on PATH nor built by $ASSAY_SOURCE_DIR" >&2
    exit 2
  fi
fi

if [ -z "${ASSAY_SELECTED:-}" ]; then
  assay ci select --suite "$suite" || exit 2
  choice=$(assay ci select --suite "$suite" --format env 2>/dev/null) || exit 2
  eval "$choice"
fi
if [ "$ASSAY_SELECTED" != yes ]; then
  echo "Suite $suite: nothing to run"
  exit 0
fi
unset ASSAY_MODEL # a label's name, perhaps; what it means is in ASSAY_FILTER now

# What earlier pipelines measured, for checks against history.
export ASSAY_HISTORY=${ASSAY_HISTORY:-$ASSAY_BUILD_DIR/assay/history.sqlite}
mkdir -p "$(dirname "$ASSAY_HISTORY")" || exit 3
if [ -n "$cache" ] && [ -s "$cache" ]; then
  assay history import "$cache" || echo "The cached history cannot be read; going on without it" >&2
fi

rm -f "$ASSAY_BUILD_DIR/assay/exit_code" "$ASSAY_BUILD_DIR/assay/run_id"
ctest -S "$scripts/$ASSAY_SCRIPT.cmake" -V </dev/null
status=$(cat "$ASSAY_BUILD_DIR/assay/exit_code" 2>/dev/null || echo 3)

if [ -s "$ASSAY_BUILD_DIR/assay/run_id" ]; then
  run=$(cat "$ASSAY_BUILD_DIR/assay/run_id")
  assay report --run "$run" --expected "$ASSAY_BUILD_DIR/assay/expected.txt" \
    --junit "$reports/junit.xml" --openmetrics "$reports/metrics.txt" \
    --markdown "$reports/summary.md" --github-annotations "$reports/annotations.txt" ||
    echo "There is no report of run $run" >&2
  if [ -n "${GITHUB_ACTIONS:-}" ]; then
    cat "$reports/annotations.txt"
    cat "$reports/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  fi
  if [ -n "$cache" ]; then
    mkdir -p "$(dirname "$cache")" && assay history export --since 180d "$cache.new" &&
      mv "$cache.new" "$cache"
  fi
  # The same answer, from the records; what left no record only the script knows.
  if [ "$status" = 0 ]; then
    assay results --run "$run" --exit-code >/dev/null
    status=$?
  fi
fi
exit "$status"
