#!/bin/bash
# usage: cluster_test.sh CLUSTER: what the script promises of itself.
set -eu
top=$(mktemp -d /tmp/assay-slurm-XXXXXX)
chmod 1777 "$top"
# A copy that a plain user can read, wherever the sources are.
cp "$(dirname "$1")"/cluster* "$top/"
cluster=$top/cluster
trap 'for d in "$top"/*/; do [ ! -f "$d/etc/slurm.conf" ] || "$cluster" down --dir "$d"; done; rm -rf "$top"' EXIT
failures=0

expect() {  # WHAT EXPECTED FOUND
  if [ "$2" = "$3" ]; then
    echo "ok: $1"
  else
    printf 'FAILED: %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

in_cluster() { local dir=$1; shift; SLURM_CONF=$dir/etc/slurm.conf "$@"; }

as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp)

# In parallel: GPUs on several nodes; a plain user's; accounting and slurmrestd. The pipe shows
# that no daemon keeps the output open.
"$cluster" up --dir "$top/gpus" --nodes 2 --gpus 4 | cat >"$top/gpus.out" &
"${as_user[@]}" "$cluster" up --dir "$top/user" --nodes 1 --gpus 0 | cat >"$top/user.out" &
"$cluster" up --dir "$top/full" --nodes 1 --gpus 1 --dbd --rest | cat >"$top/full.out" &
wait

expect 'prints what to export' "export SLURM_CONF=$top/gpus/etc/slurm.conf" "$(head -n 1 "$top/gpus.out")"
expect 'jobs get the GPUs they ask for' $'n1 0,1\nn2 0,1' \
  "$(in_cluster "$top/gpus" srun -N2 --gpus-per-node=2 sh -c 'echo $SLURMD_NODENAME $CUDA_VISIBLE_DEVICES' | sort)"
user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody
expect 'jobs are the plain user'\''s' "$user" \
  "$(in_cluster "$top/user" "${as_user[@]}" srun -D /tmp id -un)"
in_cluster "$top/full" srun true
recorded() { [ -n "$(in_cluster "$top/full" sacct -nX -j 1)" ]; }
for _ in $(seq 100); do ! recorded || break; sleep 0.1; done
expect 'accounting has the job' 1 "$(in_cluster "$top/full" sacct -nX -j 1 -o JobID | tr -d ' ')"
expect 'slurmrestd answers' 0 "$(curl -sf --unix-socket "$top/full/run/rest.sock" \
  http://localhost/slurm/v0.0.38/ping >/dev/null; echo $?)"
long=/tmp/$(printf 'x%.0s' $(seq 80))
expect 'a directory too long for sockets is refused' 1 \
  "$("$cluster" up --dir "$long" >/dev/null 2>&1; echo $?)"

in_cluster "$top/gpus" sbatch -Q -o /dev/null --wrap 'sleep 600'
for dir in gpus full; do "$cluster" down --dir "$top/$dir"; done
"${as_user[@]}" "$cluster" down --dir "$top/user"
expect 'nothing is left running' '' "$(pgrep -f "$top/" || true)"
expect 'no directory is left' '' "$(ls -d "$top"/*/ 2>/dev/null || true)"
exit $((failures > 0))
