// Bundles what is given with rolldown; a warning ends the build.
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** For Node: packages stay packages. */
export const FOR_NODE = { platform: "node", external: (id) => !id.startsWith(".") && !isAbsolute(id) };

/** Hands the bundle of a file, by its place in the repository, to `use`, and gives what that gives. */
export async function bundle(input, options, use) {
  const build = await rolldown({
    input: `${ROOT}${input}`,
    cwd: ROOT,
    onLog: (level, log) => {
      if (level !== "debug" && level !== "info") throw new Error(`${input}: ${log.message}`);
    },
    ...options,
  });
  const result = await use(build);
  await build.close();
  return result;
}
