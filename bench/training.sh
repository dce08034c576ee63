#!/usr/bin/env bash
# Training speed beside PyTorch's: bash bench/training.sh [rounds] [engine]. Installs PyTorch below bench/.venv, which
# git ignores.
set -euo pipefail
cd "$(dirname "$0")/.."
source bench/torch/install.sh
npm run --silent build
node dist/bench/training.js "${1:-5}" "${2:-auto}"
