import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const ENTRY = `${ROOT}entry.js`;

/** A module and all that it imports in one file for browsers, minified. What can't be found there stays an import. */
export async function bundleForBrowsers(source: string): Promise<OutputChunk> {
  const build = await rolldown({
    input: ENTRY,
    cwd: ROOT,
    platform: "browser",
    resolve: { conditionNames: ["smoothcert-source"] },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? source : null),
      },
    ],
    onLog: () => {},
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  return output[0];
}
