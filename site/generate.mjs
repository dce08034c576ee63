// Writes the pages of the site into site/pages, with a program bundled from the sources that they are generated from.
import { bundle, FOR_NODE, ROOT } from "../build/bundle.mjs";

await bundle("site/generate.ts", FOR_NODE, (build) =>
  build.write({ format: "esm", dir: `${ROOT}dist/site`, chunkFileNames: "[name].js", cleanDir: true }),
);
const { generate } = await import("../dist/site/generate.js");
await generate(ROOT);
