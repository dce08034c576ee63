#!/usr/bin/env bash
# What a queue costs, and what a second worker brings, on this machine alone, which must be quiet otherwise:
#   bench/cluster/speed.sh [ROUNDS] [SAMPLES]   (after npm run build)
# Each round certifies the same images by `certify --threads 1`, by one worker of one thread, by two of them, by
# `certify --threads 2`, and by one worker of two threads, in a queue in a folder; images are whole jobs. Times are
# those from the first row to the last, so that neither starting nor opening the model counts. A row: round, way,
# seconds.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${1:-5} samples=${2:-5000}
folder=$(mktemp -d)
workers=()
stop_workers() {
  for worker in "${workers[@]}"; do kill -INT "$worker" 2>/dev/null || true; done
  for worker in "${workers[@]}"; do wait "$worker" 2>/dev/null || true; done
  workers=()
}
trap 'stop_workers; rm -rf "$folder"' EXIT
smoothcert() { node "$root/dist/cli/main.js" "$@"; }
cd "$folder"

smoothcert train --data mnist --model lenet --limit 2000 --epochs 1 --sigma 0.5 --out run > train.out 2>&1
# One batch size for all, so that none looks for the fastest.
settings=(run --data mnist --n "$samples" --max 40 --batch-size 128)

# Seconds between the first row and the last of a log that grows.
timed() {
  local log=$1 from="" now
  while :; do
    now=$(date +%s.%N)
    rows=$( (sed 1d "$log" 2>/dev/null || true) | wc -l)
    if [ -z "$from" ] && [ "$rows" -ge 1 ]; then from=$now first=$rows; fi
    if [ "$rows" -ge 40 ]; then break; fi
    sleep 0.05
  done
  # By the rows in between: the first look may find more than one.
  awk -v a="$from" -v b="$now" -v k="$((40 - first))" 'BEGIN { printf "%.3f\n", (b - a) * 39 / k }'
}

measure() {
  local round=$1 way=$2
  shift 2
  rm -rf log.tsv log.json log.tsv.parts
  "$@" &
  local child=$!
  seconds=$(timed log.tsv)
  wait "$child"
  stop_workers
  printf '%s\t%s\t%s\n' "$round" "$way" "$seconds"
}

plain() { smoothcert certify "${settings[@]}" --threads "$1" --out log.tsv > certify.out 2>&1; }
# Workers open the model with the first job: one image more is done before the clock begins.
queued() { smoothcert submit "${settings[@]}" --out log.tsv --queue dir:queue > submit.out 2>&1; }
start_workers() {
  rm -rf queue
  for i in $(seq "$1"); do
    # Not the function: its process would be a shell's, which hands no signal on.
    node "$root/dist/cli/main.js" worker --queue dir:queue --models run --threads "$2" --batch-size 128 \
      > "worker.$i.out" 2>&1 &
    workers+=($!)
  done
}

printf 'round\tway\tseconds\n'
for round in $(seq "$rounds"); do
  measure "$round" "certify, 1 thread" plain 1
  start_workers 1 1; measure "$round" "1 worker of 1 thread" queued
  start_workers 2 1; measure "$round" "2 workers of 1 thread" queued
  measure "$round" "certify, 2 threads" plain 2
  start_workers 1 2; measure "$round" "1 worker of 2 threads" queued
done
