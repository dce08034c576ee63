#!/usr/bin/env bash
# Clean accuracy with Cutout and CutMix, plain and with MaxUp: bash bench/augmentation.sh IMAGES.tar.gz [engine
# [cutout or cutmix]]; with one of these, a second process may run beside it for the other. The archive holds CIFAR-10
# as one folder per class (train/<class>/NNNN.jpg, test/<class>/NNNN.jpg); the first 1,000 of each class are trained on,
# all of the test images measured. After any interruption, rerun it: it goes on within the network that it was training.
set -euo pipefail
archive=$(realpath "$1")
cd "$(dirname "$0")/.."
data=runs/augmentation/data
if [ ! -d "$data" ]; then
  rm -rf "$data.part"
  mkdir -p "$data.part"
  tar xzf "$archive" -C "$data.part" --wildcards 'train/*/0*.jpg' 'test/*'
  mv "$data.part" "$data"
fi
npm run --silent build
node dist/bench/augmentation.js "$data" "${2:-auto}" "${@:3}"
