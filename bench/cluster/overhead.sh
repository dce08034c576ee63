#!/usr/bin/env bash
# What a queue costs beside a plain `certify`, on a machine of two cores or more, quiet otherwise:
#   bench/cluster/overhead.sh [ROUNDS] [SAMPLES]   (after npm run build)
# Each round certifies the same images twice at the same time: by `certify --threads 1` on one core, and by `submit` and
# one worker of one thread on another, by turns, so that a machine whose speed changes is as fast for both. Times are
# those of the whole commands; images are whole jobs, in a queue in a folder. A row: round, way, seconds.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${1:-6} samples=${2:-10000}
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
cd "$folder"
program=$root/dist/cli/main.js

node "$program" train --data mnist --model lenet --limit 2000 --epochs 1 --sigma 0.5 --out run > train.out 2>&1
settings=(run --data mnist --n "$samples" --max 40 --batch-size 64)

seconds() {
  local start end
  start=$(date +%s.%N)
  "$@" > last.out 2>&1
  end=$(date +%s.%N)
  printf '%s\t%s\t%s\n' "$round" "$way" "$(echo "$start $end" | awk '{ printf "%.3f", $2 - $1 }')"
}

printf 'round\tway\tseconds\n'
for round in $(seq "$rounds"); do
  one=$((round % 2)) other=$(((round + 1) % 2))
  rm -rf queue ./*.tsv ./*.json ./*.parts
  taskset -c "$other" node "$program" worker --queue dir:queue --models run --threads 1 --batch-size 64 \
    > worker.out 2>&1 &
  worker=$!
  sleep 2
  way=certify seconds taskset -c "$one" node "$program" certify "${settings[@]}" --threads 1 --out certify.tsv &
  plain=$!
  way=queue seconds taskset -c "$other" node "$program" submit "${settings[@]}" --out queue.tsv --queue dir:queue
  wait "$plain"
  kill -INT "$worker"
  wait "$worker" || true
done
