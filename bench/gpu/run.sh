#!/usr/bin/env bash
# Checks this machine's GPU: bash run.sh [--tiny] [--out FOLDER] [--python PYTHON].
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
# The loader of the system comes first, where there is one.
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
exec "$here/bin/node" "$here/dist/bench/gpu/check.js" "$@"
