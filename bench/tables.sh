#!/usr/bin/env bash
# Trains and certifies the models of docs/results.md, and writes its tables and figures from their rows: bash
# bench/tables.sh [SWEEP ...], of bench/tables/sweeps; without names all of them, and the search for a method of our own
# (bench/search.ts). After any interruption, rerun it: models whose rows are there are neither trained nor certified
# again. TF_NUM_INTRAOP_THREADS=1 lets several sweeps run side by side; PROVIDER=openvino certifies faster, where it is
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run build
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for file in bench/tables/sweeps/*.json; do names+=("$(basename "$file" .json)"); done
  search=all
fi
for name in "${names[@]}"; do
  node dist/cli/main.js sweep "bench/tables/sweeps/$name.json" --out "bench/tables/rows/$name" \
    ${PROVIDER:+--provider "$PROVIDER"}
done
if [ -n "${search:-}" ]; then node dist/bench/search.js runs/search ${PROVIDER:+"$PROVIDER"}; fi
node dist/bench/tables/write.js
node dist/bench/search/table.js
