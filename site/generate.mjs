// Writes the pages of the site into site/pages, with a program bundled from the sources that they are generated from.
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = await rolldown({
  input: `${root}/site/generate.ts`,
  cwd: root,
  platform: "node",
  external: (id) => !/^[./]/.test(id),
});
await build.write({ format: "esm", dir: `${root}/dist/site`, chunkFileNames: "[name].js", cleanDir: true });
await build.close();
const { generate } = await import(`${root}/dist/site/generate.js`);
await generate(root);
