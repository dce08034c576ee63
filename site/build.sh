#!/usr/bin/env bash
# Builds the documentation site into site/dist: the pages of the repository, and a reference generated from the
# commands, the schemas and the types. Fails on a link that leads nowhere. Takes the compiled package from dist/.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi
[ -f ../dist/train/index.d.ts ] || (cd .. && npm run build)
rm -rf pages dist
npx typedoc
node generate.mjs
npx vitepress build
node check-links.mjs
