# The files of a private Slurm cluster. Sourced by `cluster`, whose variables it uses.

# A block of ports that nobody listens on: controller, slurmdbd, MariaDB, slurmrestd, then nodes.
choose_ports() {
  local last port
  while :; do
    BASE=$((10000 + (RANDOM % 400) * 50))
    last=$((BASE + 10 + NODES))
    for ((port = BASE; port <= last; ++port)); do
      ! { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || break
    done
    [ "$port" -gt "$last" ] && return
  done
}

# "n1", "n[1-4]"
node_list() { [ "$NODES" = 1 ] && echo n1 || echo "n[1-$NODES]"; }

write_config() {
  [ -f "$DIR/etc/munge.key" ] || mungekey --create --keyfile="$DIR/etc/munge.key"
  JWT=
  if [ -n "$REST" ]; then
    [ -f "$DIR/state/jwt.key" ] || (umask 077; head -c 32 /dev/urandom >"$DIR/state/jwt.key")
    JWT="AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$DIR/state/jwt.key"
    echo $((BASE + 3)) >"$DIR/etc/rest_port"
  fi
  write_gres_conf
  # slurmd loads a cgroup plugin whatever is configured; this one starts without systemd, too.
  {
    echo CgroupPlugin=cgroup/v1
    [ -z "$MEMORY" ] || printf '%s\n' ConstrainRAMSpace=yes ConstrainSwapSpace=yes AllowedSwapSpace=0
  } >"$DIR/etc/cgroup.conf"
  write_slurm_conf
  [ -z "$EXTRA" ] || add_extra
  [ -z "$DBD" ] || write_slurmdbd_conf
}

# slurmd wants a file for each GPU, and a link to /dev/null is one.
write_gres_conf() {
  echo AutoDetect=off >"$DIR/etc/gres.conf"
  [ "$GPUS" -gt 0 ] || return 0
  local i
  for ((i = 0; i < GPUS; ++i)); do ln -sfn /dev/null "$DIR/dev/nvidia$i"; done
  local files=nvidia0
  [ "$GPUS" = 1 ] || files="nvidia[0-$((GPUS - 1))]"
  echo "NodeName=$(node_list) Name=gpu Type=a100 File=$DIR/dev/$files" >>"$DIR/etc/gres.conf"
}

write_slurm_conf() {
  local host user ports gres='' task=task/none select=CR_CPU
  host=$(hostname -s)
  user=$(id -un)
  ports=$((BASE + 11))
  [ "$NODES" = 1 ] || ports="[$ports-$((BASE + 10 + NODES))]"
  [ "$GPUS" = 0 ] || gres="Gres=gpu:a100:$GPUS"
  [ -z "$MEMORY" ] || { task=task/cgroup; select=CR_CPU_Memory; }
  {
    cat <<TEXT
ClusterName=assay
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$BASE
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$DIR/run/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool/%n
SlurmctldPidFile=$DIR/run/slurmctld.pid
SlurmdPidFile=$DIR/run/slurmd.%n.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
ProctrackType=proctrack/pgid
TaskPlugin=$task
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=$select
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
EnforcePartLimits=ALL
ReturnToService=2
MinJobAge=300
MaxJobCount=20000
MaxArraySize=1001
KillWait=2
CompleteWait=0
SlurmctldTimeout=30
SlurmdTimeout=120
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5,default_queue_depth=2000,partition_job_depth=0
TEXT
    [ "$GPUS" = 0 ] || echo GresTypes=gpu
    [ -z "$JWT" ] || echo "$JWT"
    [ -z "$MEMORY" ] || echo DefMemPerCPU=100
    [ -z "$DBD" ] || cat <<TEXT
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass=$DIR/run/munge.sock
AccountingStoragePort=$((BASE + 1))
AccountingStoreFlags=job_comment
AccountingStorageTRES=gres/gpu,gres/gpu:a100
TEXT
    cat <<TEXT
NodeName=$(node_list) NodeHostname=$host NodeAddr=127.0.0.1 Port=$ports CPUs=$CPUS RealMemory=100000 $gres State=UNKNOWN
PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=1:00:00 State=UP
PartitionName=debug Nodes=n1 MaxTime=10 MaxNodes=1 DefaultTime=5 State=UP
TEXT
  } >"$DIR/etc/slurm.conf"
}

# A key of the extra file replaces the one above; nodes and partitions add up.
add_extra() {
  local key
  for key in $(sed -n 's/^\([A-Za-z]*\)=.*/\1/p' "$EXTRA" | grep -vxE 'NodeName|PartitionName'); do
    sed -i "/^$key=/d" "$DIR/etc/slurm.conf"
  done
  cat "$EXTRA" >>"$DIR/etc/slurm.conf"
}

write_slurmdbd_conf() {
  (
    umask 077
    cat >"$DIR/etc/slurmdbd.conf" <<TEXT
AuthType=auth/munge
AuthInfo=socket=$DIR/run/munge.sock
$JWT
DbdHost=$(hostname -s)
DbdAddr=127.0.0.1
DbdPort=$((BASE + 1))
SlurmUser=$(id -un)
LogFile=$DIR/log/slurmdbd.log
PidFile=$DIR/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((BASE + 2))
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CommitDelay=0
TEXT
  )
  cat >"$DIR/run/init.sql" <<TEXT
CREATE DATABASE IF NOT EXISTS slurm_acct;
CREATE USER IF NOT EXISTS 'slurm'@'127.0.0.1' IDENTIFIED BY 'slurm';
GRANT ALL ON slurm_acct.* TO 'slurm'@'127.0.0.1';
TEXT
}

write_site_file() {
  cat >"$DIR/site.yaml" <<TEXT
# A cluster that 'cluster up' started: SLURM_CONF=$SLURM_CONF
default_launcher: slurm
work_dir: $DIR/work
launchers:
  slurm:
    type: slurm
    partition: gpu
    gpus_per_node: $GPUS
  debug:
    type: slurm
    partition: debug
    gpus_per_node: $GPUS
TEXT
}
