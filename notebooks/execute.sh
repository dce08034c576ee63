#!/usr/bin/env bash
# Executes the notebooks in place, from a fresh clone or again: bash notebooks/execute.sh [NOTEBOOK.ipynb ...]
# Needs Node 20, npm and Python 3 with venv; all else is installed below notebooks/ and ignored by git.
set -euo pipefail
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- *.ipynb

step() { printf '\n== %s\n' "$1"; }

step "the package"
(cd .. && { [ -d node_modules ] || npm ci; } && npm run build)

step "the kernel (Deno) and the Jupyter client"
# Without its install script the kernel's package puts its program in place when it is first called.
(cd kernel && npm install --ignore-scripts --no-package-lock --no-audit --no-fund && node_modules/.bin/deno --version)
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt

step "types" # The kernel strips types without checking them.
.venv/bin/python extract.py "$@"
../node_modules/.bin/tsc -p tsconfig.json

step "run"
.venv/bin/python execute.py "$@"
