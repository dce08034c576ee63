#!/usr/bin/env bash
# Perplexities of plain training, MaxUp and PyTorch: bash bench/language-quality.sh TEXT [engine]. Resumable: models
# whose rows are in bench/language-quality.tsv are not trained again. Installs PyTorch below bench/.venv, which git
# ignores.
set -euo pipefail
cd "$(dirname "$0")/.."
source bench/torch/install.sh
npm run --silent build
node dist/bench/language-quality.js "$1" "${2:-auto}"
