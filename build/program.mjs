// Makes the program of the command line into dist/cli, after TypeScript has compiled the rest: main.js and the parts of
// it that commands load where they need them, without what no command uses. Loading the package's own files one by one
// takes a command several times as long. Packages stay packages. The thread that labels becomes one file likewise.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const isPackage = (id) => !/^[./]/.test(id);

async function bundle(input, output) {
  const build = await rolldown({
    input: `${root}/${input}`,
    cwd: root,
    platform: "node",
    external: isPackage,
    onLog: (level, log) => {
      if (level !== "debug" && level !== "info") throw new Error(`${input}: ${log.message}`);
    },
  });
  await build.write({ format: "esm", ...output });
  await build.close();
}

rmSync(`${root}/dist/cli/parts`, { recursive: true, force: true });
await bundle("cli/main.ts", { dir: `${root}/dist/cli`, chunkFileNames: "parts/[name].js" });
const worker = "certify/classifiers/onnx/worker";
await bundle(`${worker}.ts`, { file: `${root}/dist/${worker}.js`, codeSplitting: false });
