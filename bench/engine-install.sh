#!/usr/bin/env bash
# Installs the native engine into a cache of its own, kills it at random moments with SIGKILL, installs it for good, and
# measures that; then checks that a second run does nothing and that the engine computes. Needs the network.
# Usage: npm run build && bench/engine-install.sh [kills]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-5}
SMOOTHCERT_CACHE=$(mktemp -d)
export SMOOTHCERT_CACHE
trap 'rm -rf "$SMOOTHCERT_CACHE"' EXIT
smoothcert=(node dist/cli/main.js)

seconds() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(seconds)" 'BEGIN { printf "%.1f s", to - from }'; }

start=$(seconds)
"${smoothcert[@]}" engine install
took=$(since "$start")
echo "uninterrupted: $took"
"${smoothcert[@]}" engine remove

for ((i = 1; i <= kills; i++)); do
  delay=$(awk -v seed="$RANDOM" -v most="${took% s}" 'BEGIN { srand(seed); printf "%.1f", 0.5 + (most - 1) * rand() }')
  "${smoothcert[@]}" engine install 2>"$SMOOTHCERT_CACHE/log" &
  pid=$!
  sleep "$delay"
  if kill -KILL "$pid" 2>/dev/null; then
    state="at $(grep '^\[' "$SMOOTHCERT_CACHE/log" | tail -1 || true)"
  else
    state="after its end"
  fi
  wait "$pid" 2>/dev/null || true
  echo "killed after $delay s, $state; left behind: $(ls -A "$SMOOTHCERT_CACHE/engine" | tr '\n' ' ')"
done

start=$(seconds)
"${smoothcert[@]}" engine install
echo "after $kills kills: $(since "$start")"
start=$(seconds)
"${smoothcert[@]}" engine install
echo "once more: $(since "$start")"
echo "left in the cache: $(ls -A "$SMOOTHCERT_CACHE/engine")"
du -sh "$SMOOTHCERT_CACHE"
"${smoothcert[@]}" engine
"${smoothcert[@]}" engine --json |
  grep -q '"name":"node","package":"@tensorflow/tfjs-node","backend":"tensorflow","available":true'
[ "$(find "$SMOOTHCERT_CACHE/engine" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
echo "passed"
