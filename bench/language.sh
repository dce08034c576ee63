#!/usr/bin/env bash
# Training speed of language models beside PyTorch's: bash bench/language.sh [rounds] [engine]. Installs PyTorch below
# bench/.venv, which git ignores.
set -euo pipefail
cd "$(dirname "$0")/.."
source bench/torch/install.sh
npm run --silent build
node dist/bench/language.js "${1:-5}" "${2:-auto}"
