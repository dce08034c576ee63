#!/usr/bin/env bash
# Makes the bundle that checks a GPU (bench/gpu/README.md): bash bench/gpu.sh [FOLDER]. Everything is in it but PyTorch
# and the driver of the card: Node, smoothcert, the few packages that it needs, and a loader for Vulkan drivers.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mkdir -p "${1:-bench/gpu/bundle}" && cd "${1:-bench/gpu/bundle}" && pwd)
npm run --silent build
rm -rf "$out/smoothcert-gpu"
app="$out/smoothcert-gpu"
mkdir -p "$app/bin" "$app/lib" "$app/dist" "$app/bench"
cp "$(command -v node)" "$app/bin/node"
strip --strip-unneeded "$app/bin/node" 2>/dev/null || true
cp -r dist/src dist/train dist/certify "$app/dist/"
mkdir "$app/dist/bench" && cp dist/bench/*.js "$app/dist/bench/" && cp -r dist/bench/gpu "$app/dist/bench/"
cp -r bench/torch "$app/bench/"
cp package.json bench/gpu/run.sh "$app/"
node dist/bench/gpu/copy-packages.js "$app"
# A CUDA server often has a driver for Vulkan but no loader.
loader=$(ldconfig -p | awk '/libvulkan\.so\.1 .*x86-64/ { print $NF; exit }')
[ -n "$loader" ] || loader=$(ls /usr/lib/chromium/libvulkan.so.1 2>/dev/null || true)
if [ -n "$loader" ]; then
  cp -L "$loader" "$app/lib/libvulkan.so.1"
else
  echo "No libvulkan.so.1 to bring along." >&2
fi
find "$app" -name '*.map' -delete -o -name '*.d.ts' -delete
tar -C "$out" -I 'xz -T0' -cf "$out/smoothcert-gpu.tar.xz" smoothcert-gpu
ls -lh "$out/smoothcert-gpu.tar.xz"
