#!/usr/bin/env bash
# A Slurm cluster of one node on this machine, in a folder of its own, for a script that runs on it:
#   bench/slurm/one-node.sh FOLDER COMMAND...
# As root, with Debian's slurm-wlm and munge. Everything is stopped when the command ends; its exit code is this one's.
set -euo pipefail
folder=$(realpath -m "$1")
shift
mkdir -p "$folder/state" "$folder/spool" "$folder/log"
export SLURM_CONF=$folder/slurm.conf
port=$((20000 + $$ % 10000))
cat > "$SLURM_CONF" <<CONF
ClusterName=smoothcert
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2
ReturnToService=2
MinJobAge=3600
KillWait=5
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

daemons=()
# Slurm itself ends the tasks that are left; the daemons are ended by their numbers.
stop() {
  scancel --state=RUNNING --user=root 2>/dev/null || true
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap stop EXIT

dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
chmod 600 "$folder/munge.key"
munged --foreground --force --key-file "$folder/munge.key" --socket "$folder/munge.socket" --pid-file \
  "$folder/munge.pid" --seed-file "$folder/munge.seed" --log-file "$folder/log/munge.log" 2> "$folder/log/munged.err" &
daemons+=($!)
until [ -S "$folder/munge.socket" ]; do sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" > /dev/null 2>&1 &
daemons+=($!)
slurmd -D -f "$SLURM_CONF" > /dev/null 2>&1 &
daemons+=($!)
for _ in $(seq 300); do
  if [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ]; then break; fi
  sleep 0.1
done
"$@"
