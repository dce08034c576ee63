#!/usr/bin/env bash
# Trains and certifies the models of docs/results.md, and writes its tables and figures from their rows: bash
# bench/tables.sh [SWEEP ...], of bench/tables/sweeps; without names all of them, and the search for a method of our own
# (bench/search.ts). After any interruption, rerun it: models whose rows are there are neither trained nor certified
# again. TF_NUM_INTRAOP_THREADS=1 lets several sweeps run side by side; PROVIDER=openvino certifies faster, where it is
# installed. The sweeps cifar10-* read CIFAR-10 from runs/cifar10, one folder per class (train/<class>/NNNN.jpg,
# test/<class>/NNNN.jpg); CIFAR10=IMAGES.tar.gz unpacks it there. Without names and without it they are left out.
set -euo pipefail
archive=${CIFAR10:+$(realpath "$CIFAR10")}
cd "$(dirname "$0")/.."
if [ -n "$archive" ] && [ ! -d runs/cifar10 ]; then
  rm -rf runs/cifar10.part
  mkdir -p runs/cifar10.part
  tar xzf "$archive" -C runs/cifar10.part
  mv runs/cifar10.part runs/cifar10
fi
npm run build

# certified ROWS RUN FILE OPTION...: certifies the model of a run into a file in its folder, unless the rows are there.
certified() {
  if [ -f "$2/$3" ] && [ "$(wc -l < "$2/$3")" -eq $(($1 + 1)) ]; then return; fi
  node dist/cli/main.js certify "$2" "${@:4}" --out "$2/$3" ${PROVIDER:+--provider "$PROVIDER"}
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for file in bench/tables/sweeps/*.json; do
    name=$(basename "$file" .json)
    if [ "${name%%-*}" != cifar10 ] || [ -d runs/cifar10 ]; then names+=("$name"); else left=1; fi
  done
  if [ -n "${left:-}" ]; then
    echo "No runs/cifar10: the sweeps cifar10-* are left out; CIFAR10=IMAGES.tar.gz brings them in" >&2
  fi
  search=all
fi
for name in "${names[@]}"; do
  node dist/cli/main.js sweep "bench/tables/sweeps/$name.json" --out "bench/tables/rows/$name" \
    ${PROVIDER:+--provider "$PROVIDER"}
  case $name in mnist-gaussian-90*) # Their ACR: bench/tables/acr.ts.
    certified 250 "bench/tables/rows/$name/sigma0.5_seed0" acr-40.tsv --n 100000 --skip 40
    certified 10000 "bench/tables/rows/$name/sigma0.5_seed0" acr-all.tsv --n 1000
    ;;
  esac
done
if [ -n "${search:-}" ]; then node dist/bench/search.js runs/search ${PROVIDER:+"$PROVIDER"}; fi
node dist/bench/tables/write.js
node dist/bench/search/table.js
