import { cpSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Copies the packages that the check of a GPU loads, and theirs, to a folder's node_modules. Argument: the folder. */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const WANTED = [
  "@noble/hashes",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "json-canonicalize",
  "npyjs",
  "onnxruntime-node",
  "protobufjs",
  "webgpu",
  "zod",
];

/** Builds for other platforms, for browsers, and what only developers read. */
const LEFT_OUT = [
  /^webgpu\/dist\/(?!linux-x64)/,
  /^onnxruntime-node\/bin\/napi-v\d+\/(?!linux$|linux\/x64)/,
  /^onnxruntime-node\/script/,
  /^@tensorflow\/[^/]+\/(src|benchmarks|wasm-out)\b/,
  /^@tensorflow\/[^/]+\/dist\/.*(\.es2017|fesm|\.min)\.?(min\.)?js$/,
  /^@tensorflow\/[^/]+\/dist\/.*_test\.js$/,
  /^zod\/src\b/,
  /^protobufjs\/(dist|cli)\b/,
  /\.(map|d\.[cm]?ts|md|ts|txt|flow)$/,
];

function packageFolder(name: string, from: string): string | undefined {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, "package.json")));
}

function copyWithDependencies(name: string, from: string, to: string, done: Set<string>): void {
  const folder = packageFolder(name, from);
  if (folder === undefined || done.has(folder)) return;
  done.add(folder);
  const place = relative(join(ROOT, "node_modules"), folder).split(sep).join("/");
  cpSync(folder, join(to, "node_modules", place), {
    recursive: true,
    filter: (source) => {
      const path = relative(folder, source).split(sep).join("/");
      return !path.startsWith("node_modules") && !LEFT_OUT.some((pattern) => pattern.test(`${place}/${path}`));
    },
  });
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const each of Object.keys(dependencies)) copyWithDependencies(each, folder, to, done);
}

const done = new Set<string>();
for (const name of WANTED) copyWithDependencies(name, ROOT, process.argv[2], done);
console.log(`${done.size} packages`);
