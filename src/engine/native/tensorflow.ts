import { constants, copyFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../errors.js";
import type { Runner, RunOptions } from "./tools.js";
import { type NativeKind, TENSORFLOW_VERSION, WHEELS } from "./versions.js";
import { downloadPackages, downloadPinned } from "./wheels.js";

/** The C++ half that is not compiled here: TensorFlow's library, from PyPI or from a folder, and the headers to it. */

/** What the binding is compiled against. */
export interface TensorFlowLibrary {
  /** The library to link, in the installation's `tensorflow` folder. */
  readonly library: string;
  /** The folder of headers. */
  readonly include: string;
}

const FRAMEWORK = "libtensorflow_framework.so.2";
/** The library in PyPI's wheels, and in Google's archives of the C library. */
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow.so.2"];

/** Names which TensorFlow an installation is made from; equal names, equal contents. */
export function pinnedSource(kind: NativeKind): string {
  return `${WHEELS[kind].package}==${TENSORFLOW_VERSION}`;
}

// ---- from PyPI ----

/** Of the 13,000 headers, those of the C interface and what these include. */
const NEEDED =
  String.raw`^tensorflow/(lib(tensorflow_cc|tensorflow_framework)\.so\.2$` +
  "|include/(tensorflow/c/|tensorflow/core/common_runtime/next_pluggable_device/c/" +
  "|tensorflow/core/platform/ctstring|tsl/platform/(ctstring|platform)|xla/tsl/c/)" +
  String.raw`.*\.h$)` +
  "|^tensorflow-[^/]*/METADATA$";
/** NVIDIA's packages without their headers. */
const CUDA = "^nvidia/(?!.*/include/).*[^/]$";

/** Downloads the pinned wheel and unzips library and headers into `folder/tensorflow`. */
export async function downloadTensorFlow(
  folder: string,
  kind: NativeKind,
  run: Runner,
  options: RunOptions,
): Promise<TensorFlowLibrary> {
  await downloadPinned(folder, { source: pinnedSource(kind), sha256: WHEELS[kind].sha256 }, NEEDED, run, options);
  return { library: LIBRARIES[0], include: join(folder, "tensorflow", "include") };
}

/** Downloads NVIDIA's libraries that this build of TensorFlow names as its `and-cuda` extra, beside it in `nvidia`. */
export async function downloadCuda(folder: string, run: Runner, options: RunOptions): Promise<void> {
  const [metadata] = (await readdir(folder)).filter((name) => name.endsWith(".dist-info"));
  const text = await readFile(join(folder, metadata, "METADATA"), "utf8");
  const named = [...text.matchAll(/^Requires-Dist: ([^;\n]+);.*extra == ["']and-cuda["']/gm)].map((match) =>
    match[1].trim(),
  );
  await rm(join(folder, metadata), { recursive: true });
  for (const requirement of named) await downloadPackages(folder, [requirement], CUDA, run, options);
}

// ---- from a folder ----

const FIND = `import importlib.metadata as m, importlib.util as u
spec = u.find_spec("tensorflow")
installed = [d.metadata["Name"] for d in m.distributions()]
names = [n for n in ("tensorflow-cpu", "tensorflow") if n in installed or n.replace("-", "_") in installed]
print(f"{m.version(names[0])}\\n{spec.submodule_search_locations[0]}" if spec and names else "")
`;

/** The folder of the TensorFlow that python3 would import, if it is the version that is pinned here. */
export async function importableTensorFlow(run: Runner): Promise<string | undefined> {
  const [version, folder] = (await run("python3", ["-c", FIND]).catch(() => "")).trim().split("\n");
  return version === TENSORFLOW_VERSION ? folder : undefined;
}

/**
 * Copies the library from a folder: PyPI's package `tensorflow`, or Google's archive of the C library.
 *
 * @throws FileError if library or headers are not there
 */
export async function copyTensorFlow(folder: string, from: string): Promise<TensorFlowLibrary> {
  const include = join(from, "include");
  for (const libraries of [from, join(from, "lib")]) {
    for (const library of LIBRARIES) {
      const needed = [join(libraries, library), join(libraries, FRAMEWORK), join(include, "tensorflow/c/c_api.h")];
      if (!(await allExist(needed))) continue;
      await mkdir(join(folder, "tensorflow"));
      for (const path of needed.slice(0, 2)) await copyInto(join(folder, "tensorflow"), path);
      return { library, include };
    }
  }
  throw new FileError(
    from,
    `expected ${LIBRARIES.join(" or ")} with ${FRAMEWORK}, here or in lib/, and include/tensorflow/c/c_api.h; ` +
      "found no such set. Give the folder of Python's tensorflow package or of Google's libtensorflow archive",
  );
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return found.every((each) => each !== undefined);
}

async function copyInto(target: string, path: string): Promise<void> {
  await copyFile(path, join(target, path.slice(path.lastIndexOf("/") + 1)), constants.COPYFILE_FICLONE);
}

/** Headers are needed to compile, not to run. */
export async function removeHeaders(folder: string): Promise<void> {
  await rm(join(folder, "tensorflow", "include"), { recursive: true, force: true });
}

/**
 * The linker's arguments for the library in `folder/tensorflow`, found from beside it, wherever the folder is moved.
 */
export function linkArguments(folder: string, { library }: TensorFlowLibrary): string[] {
  return ["-L", join(folder, "tensorflow"), `-l:${library}`, `-l:${FRAMEWORK}`, "-Wl,-rpath,$ORIGIN/tensorflow"];
}
