// Copies what Node needs of onnxruntime-web into dist: 14 of its 139 MB, so that an installation of smoothcert carries
// no more.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILES = ["ort.node.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

const here = dirname(fileURLToPath(import.meta.url));
const source = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"));
const target = join(here, "..", "dist", "onnxruntime-web");
mkdirSync(target, { recursive: true });
for (const file of FILES) copyFileSync(join(source, file), join(target, file));
copyFileSync(join(here, "onnxruntime-web.LICENSE"), join(target, "LICENSE"));
