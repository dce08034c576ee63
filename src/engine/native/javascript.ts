import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../errors.js";
import type { Runner, RunOptions } from "./tools.js";
import { NPM_PACKAGES, type NpmPackage } from "./versions.js";

/**
 * The JavaScript half of the engine: tfjs-node's own, unpacked without its install script and without its dependencies.
 * What it imports as `@tensorflow/tfjs` is the copy of tfjs-core that runs already: one engine, one set of kernels.
 */

/** The key of the global object under which the installed files find tfjs-core. */
export const TFJS_CORE: unique symbol = Symbol.for("smoothcert.tfjs-core") as never;

const STAND_IN = `module.exports = globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(TFJS_CORE))})];\n`;
/** tfjs-node calls functions that Node 23 dropped from its `util`. */
const UTIL =
  'module.exports = { ...require("node:util"), isArray: Array.isArray, isNullOrUndefined: (x) => x == null };\n';

/** Downloads the packages and puts them under `folder/node_modules`. */
export async function installJavaScript(folder: string, run: Runner, options: RunOptions): Promise<void> {
  for (const wanted of NPM_PACKAGES) await unpack(folder, wanted, run, options);
  await writeStandIn(folder, "@tensorflow/tfjs");
  await writeStandIn(folder, "@tensorflow/tfjs-core");
  await writeModule(folder, "smoothcert-util", UTIL);
  await adapt(join(folder, "node_modules", "@tensorflow", "tfjs-node", "dist"));
}

/**
 * Downloads a package and unpacks it under `node_modules` of `folder`. Names are relative to that: Windows hands the
 * arguments of npm to a shell, and to some programs called tar a drive's letter is a machine.
 */
export async function unpack(folder: string, wanted: NpmPackage, run: Runner, options: RunOptions): Promise<void> {
  const { name, version, integrity } = wanted;
  const there: RunOptions = { ...options, cwd: folder };
  const args = ["pack", `${name}@${version}`, "--json", "--ignore-scripts", "--pack-destination", "."];
  const [packed] = JSON.parse(await run("npm", args, there)) as { filename: string; integrity: string }[];
  if (packed.integrity !== integrity) {
    throw new EngineError(
      `engine install: the npm registry sent another ${name} ${version} than the one pinned ` +
        `(integrity ${packed.integrity}, pinned ${integrity}). Check the registry that npm is configured to use`,
    );
  }
  const archive = packed.filename.replace("@", "").replace("/", "-");
  const target = `node_modules/${name}`;
  await mkdir(join(folder, target), { recursive: true });
  await run("tar", ["-xzf", archive, "-C", target, "--strip-components=1"], there);
  await rm(join(folder, archive));
}

/** Makes packages in `folder` that ask for `name` find the tfjs-core which {@link TFJS_CORE} holds. */
export async function writeStandIn(folder: string, name: string): Promise<void> {
  await writeModule(folder, name, STAND_IN);
}

async function writeModule(folder: string, name: string, source: string): Promise<void> {
  const target = join(folder, "node_modules", name);
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "index.js"), source);
}

/** Drops tests and declarations, and lets the rest import our `util`. */
async function adapt(dist: string): Promise<void> {
  for (const name of await readdir(dist, { recursive: true })) {
    const path = join(dist, name);
    if (/(\.d\.ts|_test\.js|\.map)$/.test(name)) await rm(path);
    else if (name.endsWith(".js")) await replaceUtil(path);
  }
}

async function replaceUtil(path: string): Promise<void> {
  const source = await readFile(path, "utf8");
  const adapted = source.replaceAll('require("util")', 'require("smoothcert-util")');
  if (adapted !== source) await writeFile(path, adapted);
}

/** Removes what was needed to compile and is not needed to run. */
export async function removeSources(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  const tfjsNode = join(modules, "@tensorflow", "tfjs-node");
  await rm(join(modules, "node-api-headers"), { recursive: true, force: true });
  for (const name of await readdir(tfjsNode)) {
    if (name !== "dist" && name !== "package.json") await rm(join(tfjsNode, name), { recursive: true });
  }
}
