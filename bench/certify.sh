#!/usr/bin/env bash
# Certification speed beside PyTorch's: bash bench/certify.sh [rounds]. Installs PyTorch below bench/.venv, which git
# ignores.
set -euo pipefail
cd "$(dirname "$0")/.."
source bench/torch/install.sh
npm run --silent build
node dist/bench/certify.js "${1:-5}"
