#!/usr/bin/env bash
# What a queue costs, and what a second worker brings, on this machine alone, which must be quiet otherwise:
#   [MODEL=lenet] [BATCH=64] [IMAGES=160] bench/cluster/speed.sh [ROUNDS [SAMPLES [WAYS]]]   (after npm run build)
# Each round certifies the same images by `certify --threads 1`, by one worker of one thread, by two of them, by
# `certify --threads 2`, and by one worker of two threads, in a queue in a folder; images are whole jobs. Times are
# those of the whole command, `certify` or `submit`. WAYS is a regular expression: only these. A row: round, way,
# seconds. What a queue costs is told better by overhead.sh, where the machine's speed changes.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${1:-5} samples=${2:-5000} ways=${3:-.}
model=${MODEL:-lenet} batch=${BATCH:-64} images=${IMAGES:-160}
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

smoothcert train --data mnist --model "$model" --limit 2000 --epochs 1 --sigma 0.5 --out run > train.out 2>&1
# One batch size for all, so that none looks for the fastest.
settings=(run --data mnist --n "$samples" --max "$images" --batch-size "$batch")

# By some workers of so many threads each, or without any by `certify`.
measure() {
  local round=$1 way=$2 count=$3 threads=$4 start end
  [[ $way =~ $ways ]] || return 0
  rm -rf log.tsv log.json log.tsv.parts
  if [ "$count" -gt 0 ]; then start_workers "$count" "$threads"; fi
  start=$(date +%s.%N)
  if [ "$count" -gt 0 ]; then queued; else plain "$threads"; fi
  end=$(date +%s.%N)
  stop_workers
  printf '%s\t%s\t%s\n' "$round" "$way" "$(echo "$start $end" | awk '{ printf "%.3f", $2 - $1 }')"
}

plain() { smoothcert certify "${settings[@]}" --threads "$1" --out log.tsv > certify.out 2>&1; }
queued() { smoothcert submit "${settings[@]}" --out log.tsv --queue dir:queue > submit.out 2>&1; }
start_workers() {
  rm -rf queue
  for i in $(seq "$1"); do
    # Not the function: its process would be a shell's, which hands no signal on.
    node "$root/dist/cli/main.js" worker --queue dir:queue --models run --threads "$2" --batch-size "$batch" \
      > "worker.$i.out" 2>&1 &
    workers+=($!)
  done
  sleep 2
}

printf 'round\tway\tseconds\n'
for round in $(seq "$rounds"); do
  measure "$round" "certify, 1 thread" 0 1
  measure "$round" "1 worker of 1 thread" 1 1
  measure "$round" "2 workers of 1 thread" 2 1
  measure "$round" "certify, 2 threads" 0 2
  measure "$round" "1 worker of 2 threads" 1 2
done
