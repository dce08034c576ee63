#!/usr/bin/env bash
# A certification as a job array on a real Slurm cluster of one node: submitted, one task killed and another one told
# that its time is up, both queued again, merged, and compared with the log of one process.
#   bench/slurm/exercise.sh FOLDER MODEL DATA [N]   (after npm run build, as root, with Debian's slurm-wlm and munge)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${SLURM_CONF:-}" ]; then exec "$root/bench/slurm/one-node.sh" "$1/slurm" "$0" "$@"; fi
folder=$(realpath "$1")
model=$2 data=$3 n=${4:-40000}
mkdir -p "$folder/bin"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$(command -v node)" "$root/dist/cli/main.js" > "$folder/bin/smoothcert"
chmod +x "$folder/bin/smoothcert"
export PATH=$folder/bin:$PATH
cd "$folder"
settings=(certify "$model" --data "$data" --n "$n" --threads 1 --max 30)

smoothcert "${settings[@]}" --out "$folder/one.tsv" > one.out 2>&1
smoothcert "${settings[@]}" --out "$folder/array.tsv" --shard 3 --write-sbatch "$folder/job.sh"
# This node has two cores and little patience.
sed -i 's/cpus-per-task=4/cpus-per-task=1/; s/^#SBATCH --output=.*/#SBATCH --output=%x-%A_%a.out/' job.sh
job=$(sbatch --parsable job.sh)

state() { scontrol show job "${job}_$1" | tr ' ' '\n' | sed -n 's/^JobState=//p' | head -n 1; }
restarts() { scontrol show job "${job}_$1" | tr ' ' '\n' | sed -n 's/^Restarts=//p' | head -n 1; }
rows() { if [ -f "$1" ]; then sed 1d "$1" | wc -l; else echo 0; fi; }
await() { until eval "$1"; do sleep 0.5; done; }
# A task that was queued again waits two minutes before it begins, unless it is told to; and it can be told only once
# Slurm has done with its first run, whose end would otherwise be taken for that of the second.
waiting() { [ "$(squeue --noheader --job "${job}_$1" --format=%T:%r)" = PENDING:BeginTime ]; }
again() {
  await "[ \"\$(restarts $1)\" -ge 1 ] && waiting $1"
  # Within the second of its end, the node would take its start for one that came too late.
  scontrol update JobId="${job}_$1" StartTime=now+2
}

# Task 1: Slurm says, as it does near the end of a task's time, that it must save. Its script queues it again.
await '[ "$(rows array.1of3.tsv)" -ge 1 ]'
scancel --signal=USR1 --batch "${job}_1"
await '[ "$(restarts 1)" -ge 1 ]'
kept=$(rows array.1of3.tsv)
echo "task 1 was told to stop with $kept rows, and is queued again"
again 1
# Task 2: killed without warning, as with its node, and queued again from outside.
await '[ "$(rows array.2of3.tsv)" -ge 1 ]'
kept=$(rows array.2of3.tsv)
scontrol requeue "${job}_2"
echo "task 2 was killed with $kept rows, and is queued again"
again 2
for task in 1 2 3; do await "[[ \"\$(state $task)\" =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT)$ ]]"; done
for task in 1 2 3; do echo "task $task: $(state $task), restarts $(restarts $task)"; done
for task in 1 2 3; do
  if [ "$(state $task)" != COMPLETED ]; then tail -n 20 "$folder"/*_"$task".out "$folder"/slurm/log/slurmd.log >&2; fi
done

smoothcert merge array.*of3.tsv --out array.tsv
# All but the time, which is the sixth column, and the checksum over it, the last one.
bare() { cut -f 1-5,7-12 "$1"; }
diff <(bare one.tsv) <(bare array.tsv)
diff <(grep -v '"created"\|"check"' one.json) <(grep -v '"created"\|"check"' array.json)
echo "equal to the log of one process"
