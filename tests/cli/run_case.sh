#!/usr/bin/env bash
# One command-line case: run_case.sh ASSAY CASE_FOLDER
#
# CASE_FOLDER/cmd is run by bash in a copy of the folder, with `assay` on PATH and nothing of the
# caller's configuration; its exit code, stdout and stderr are compared with CASE_FOLDER/expected.
# APPROVE=1 writes what it printed there instead: read the difference before you commit it.
set -u
assay=$1
folder=$2
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cp -r "$folder" "$scratch/case" && mkdir "$scratch/bin" "$scratch/home" || exit 1
ln -s "$assay" "$scratch/bin/assay"
cd "$scratch/case" || exit 1

env -i PATH="$scratch/bin:/usr/bin:/bin" HOME="$scratch/home" LC_ALL=C.UTF-8 \
  bash ./cmd >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
code=$?

# The scratch folder's name changes from run to run.
actual() {
  echo "exit code $code"
  echo "--- stdout"
  sed "s#$scratch/case#CASE#g" "$scratch/stdout"
  echo "--- stderr"
  sed "s#$scratch/case#CASE#g" "$scratch/stderr"
}

if [ -n "${APPROVE:-}" ]; then
  actual >"$folder/expected"
  echo "approved: $folder/expected"
  exit 0
fi
if ! diff -u --label expected --label actual "$folder/expected" <(actual); then
  echo "case $folder: $(cat "$folder/cmd")"
  echo "If the new output is right: APPROVE=1 bash tests/cli/run_case.sh $assay $folder"
  exit 1
fi
