# Starting and stopping the daemons of a private Slurm cluster. Sourced by `cluster`, whose
# variables it uses. A daemon forks and returns 0 before it fails, so what counts is its answer.

need_programs() {
  local program missing=''
  for program in munged mungekey slurmctld slurmd sinfo \
    ${DBD:+slurmdbd mariadbd mariadb-install-db} ${REST:+slurmrestd curl}; do
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  [ -z "$missing" ] || fail "not installed:$missing (Debian: slurmctld slurmd slurm-client munge${DBD:+ slurmdbd mariadb-server}${REST:+ slurmrestd slurm-wlm-jwt-plugin curl})"
}

# Tries a command every 0.1 s, SECONDS long.
until_done() {
  local tries=$(($1 * 10)) i
  shift
  for ((i = 0; i < tries; ++i)); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  return 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A zombie is gone.
is_alive() {
  local stat
  stat=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
  [[ -n $stat && $stat != Z* ]]
}

pid_of() { cat "$DIR/run/$1.pid" 2>/dev/null || echo none; }

start_munge() {
  munged --key-file="$DIR/etc/munge.key" --socket="$DIR/run/munge.sock" --num-threads=4 \
    --pid-file="$DIR/run/munged.pid" --log-file="$DIR/log/munged.log" \
    --seed-file="$DIR/run/munge.seed"
}

start_mariadb() {
  if [ ! -d "$DIR/db/mysql" ]; then
    mkdir -p "$DIR/db"
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$DIR/db" \
      --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
      --innodb-log-file-size=8M >"$DIR/log/mariadb-install.log" 2>&1
  fi
  setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$DIR/db" \
    --socket="$DIR/run/mysql.sock" --pid-file="$DIR/run/mariadbd.pid" --bind-address=127.0.0.1 \
    --port=$((BASE + 2)) --skip-name-resolve --skip-log-bin --innodb-buffer-pool-size=64M \
    --innodb-log-file-size=8M --innodb-lock-wait-timeout=900 --innodb-flush-log-at-trx-commit=0 \
    --sync-binlog=0 --skip-innodb-doublewrite --max-allowed-packet=16M --performance-schema=OFF \
    --init-file="$DIR/run/init.sql" --log-error="$DIR/log/mariadbd.log" \
    </dev/null >/dev/null 2>&1 &
  until_done 30 listens $((BASE + 2))
}

start_slurmdbd() {
  slurmdbd
  until_done 30 listens "$(sed -n 's/^DbdPort=//p' "$DIR/etc/slurmdbd.conf")"
}

all_idle() {
  [ "$(sinfo -h -N -t idle -o %N | sort -u | wc -l)" = "$NODES" ]
}

# Fails at once when the controller is gone.
until_idle() {
  local i
  for ((i = 0; i < 300; ++i)); do
    all_idle 2>/dev/null && return 0
    [ "$i" -lt 20 ] || is_alive "$(pid_of slurmctld)" || return 1
    sleep 0.1
  done
  return 1
}

# slurmrestd refuses root unless told not to check, and serves one kind of authentication each.
# Without slurmdbd its plug-ins for it are fatal.
start_rest() {
  local plugins=''
  [ -n "$DBD" ] || plugins='-s openapi/v0.0.38,openapi/v0.0.37'
  # shellcheck disable=SC2086
  SLURMRESTD_SECURITY=disable_user_check setsid slurmrestd $plugins -a rest_auth/local \
    "unix:$DIR/run/rest.sock" </dev/null >"$DIR/log/slurmrestd.unix.log" 2>&1 &
  echo $! >"$DIR/run/slurmrestd.unix.pid"
  # shellcheck disable=SC2086
  SLURM_JWT=daemon SLURMRESTD_SECURITY=disable_user_check setsid slurmrestd $plugins \
    -a rest_auth/jwt "127.0.0.1:$((BASE + 3))" </dev/null >"$DIR/log/slurmrestd.tcp.log" 2>&1 &
  echo $! >"$DIR/run/slurmrestd.tcp.pid"
  until_done 10 listens $((BASE + 3)) &&
    until_done 10 curl -sf --unix-socket "$DIR/run/rest.sock" http://localhost/slurm/v0.0.38/ping
}

# Jobs inherit what slurmd has in its environment: not this shell's.
start_node() {
  env -i HOME="${HOME:-/}" USER="$(id -un)" SLURM_CONF="$SLURM_CONF" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$(command -v slurmd)" -N "$1"
}

start_all() {
  start_munge || return 1
  if [ -n "$DBD" ]; then
    start_mariadb && start_slurmdbd || return 1
  fi
  slurmctld || return 1
  local i
  for ((i = 1; i <= NODES; ++i)); do start_node "n$i" || return 1; done
  until_idle || return 1
  [ -z "$REST" ] || start_rest
}

# One daemon again, with what the cluster was configured for.
start_again() {
  case $1 in
    slurmctld)
      slurmctld
      until_done 20 sh -c 'scontrol ping | grep -q "is UP"' || fail 'slurmctld does not answer' ;;
    slurmdbd) start_slurmdbd || fail 'slurmdbd does not listen' ;;
    *) start_node "$1" ;;
  esac
}

show_logs() {
  local log
  for log in "$DIR"/log/*.log; do
    [ -s "$log" ] || continue
    echo "--- $log" >&2
    grep -E 'fatal|error' "$log" | tail -n 5 >&2 || tail -n 5 "$log" >&2
  done
}

# Only a process that is still that program: TERM, and CONT in case it was stopped.
ask_to_stop() {  # NAME_OF_PID_FILE PROGRAM
  local pid
  pid=$(pid_of "$1")
  [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == */$2* ]] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  kill -CONT "$pid" 2>/dev/null || true
  STOPPING="$STOPPING $pid"
}

all_gone() {
  local pid
  for pid in $STOPPING; do ! is_alive "$pid" || return 1; done
}

end_stopping() {  # SECONDS
  until_done "$1" all_gone || true
  local pid
  for pid in $STOPPING; do ! is_alive "$pid" || kill -KILL "$pid" 2>/dev/null || true; done
  STOPPING=
}

no_jobs() { [ -z "$(squeue -h)" ]; }

# slurmd ends the jobs before it goes: a slurmstepd killed first would leave their processes.
end_jobs() {
  kill -CONT "$(pid_of slurmctld)" 2>/dev/null || true
  is_alive "$(pid_of slurmctld)" && timeout 5 scontrol ping 2>/dev/null | grep -q 'is UP' || return 0
  timeout 20 scancel --state=PENDING -u "$(id -un)" 2>/dev/null || true
  timeout 20 scancel -u "$(id -un)" 2>/dev/null || true
  until_done 15 no_jobs || true
}

# slurmstepd outlives slurmd on purpose; its environment says whose it is.
end_steps() {
  local pid
  for pid in $(pgrep -x slurmstepd); do
    ! { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qxF "SLURM_CONF=$SLURM_CONF" ||
      kill -KILL "$pid" 2>/dev/null || true
  done
}

stop_all() {
  local file
  STOPPING=
  end_jobs
  for file in "$DIR"/run/slurmrestd.*.pid; do
    [ ! -f "$file" ] || ask_to_stop "$(basename "$file" .pid)" slurmrestd
  done
  for file in "$DIR"/run/slurmd.*.pid; do
    [ ! -f "$file" ] || ask_to_stop "$(basename "$file" .pid)" slurmd
  done
  ask_to_stop slurmctld slurmctld
  end_stopping 5
  end_steps
  ask_to_stop slurmdbd slurmdbd
  ask_to_stop mariadbd mariadbd
  ask_to_stop munged munged
  end_stopping 15
}
