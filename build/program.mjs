// Makes the program of the command line into dist/cli, after TypeScript has compiled the rest: main.js and the parts of
// it that commands load where they need them, without what no command uses. Loading the package's own files one by one
// takes a command several times as long. Packages stay packages.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const isPackage = (id) => !/^[./]/.test(id);

rmSync(`${root}/dist/cli/parts`, { recursive: true, force: true });
const build = await rolldown({
  input: `${root}/cli/main.ts`,
  cwd: root,
  platform: "node",
  external: isPackage,
  onLog: (level, log) => {
    if (level !== "debug" && level !== "info") throw new Error(`the program: ${log.message}`);
  },
});
await build.write({ dir: `${root}/dist/cli`, format: "esm", chunkFileNames: "parts/[name].js" });
await build.close();
