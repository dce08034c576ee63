// Makes the program of the command line into dist/cli, after TypeScript has compiled the rest: main.js and the parts of
// it that commands load where they need them, without what no command uses. Loading the package's own files one by one
// takes a command several times as long. The thread that labels becomes one file likewise.
import { rmSync } from "node:fs";
import { bundle, FOR_NODE, ROOT } from "./bundle.mjs";

rmSync(`${ROOT}dist/cli/parts`, { recursive: true, force: true });
await bundle("cli/main.ts", FOR_NODE, (build) =>
  build.write({ dir: `${ROOT}dist/cli`, format: "esm", chunkFileNames: "parts/[name].js" }),
);
const worker = "certify/classifiers/onnx/worker";
await bundle(`${worker}.ts`, FOR_NODE, (build) =>
  build.write({ file: `${ROOT}dist/${worker}.js`, format: "esm", codeSplitting: false }),
);
