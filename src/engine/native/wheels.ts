import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Runner, RunOptions } from "./tools.js";

/** Libraries for Linux x64 out of packages of PyPI, which don't depend on the Python that downloads them. */

/** A package that is pinned to its contents. */
export interface PinnedPackage {
  /** Name and version as pip takes them: `tensorflow-cpu==2.21.0`. */
  readonly source: string;
  /** SHA-256 (hex) of its file. */
  readonly sha256: string;
}

/** Downloads a package, if it is the one pinned, and unzips what matches into `folder`. */
export async function downloadPinned(
  folder: string,
  { source, sha256 }: PinnedPackage,
  pattern: string,
  run: Runner,
  options: RunOptions,
): Promise<void> {
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${source} --hash=sha256:${sha256}\n`);
  await downloadPackages(folder, ["--require-hashes", "-r", requirements], pattern, run, options);
  await rm(requirements);
}

/** Downloads packages, named by pip's arguments, and unzips what matches into `folder`. */
export async function downloadPackages(
  folder: string,
  what: readonly string[],
  pattern: string,
  run: Runner,
  options: RunOptions,
): Promise<void> {
  const wheels = join(folder, "wheels");
  await mkdir(wheels);
  await download(wheels, what, run, options);
  for (const name of (await readdir(wheels)).filter((each) => each.endsWith(".whl"))) {
    await run("python3", ["-c", UNZIP, join(wheels, name), folder, pattern], options);
  }
  await rm(wheels, { recursive: true });
}

/** Linux's ABIs, newest first, that the packages are built for. */
const PLATFORMS = ["manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014", "manylinux2010"];

/** Asks for one build, whatever Python is here. */
async function download(wheels: string, what: readonly string[], run: Runner, options: RunOptions): Promise<void> {
  const target = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"];
  const platforms = PLATFORMS.flatMap((name) => ["--platform", `${name}_x86_64`]);
  const fixed = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
  // pip would fill the system's temporary folder, which is often small.
  const env = { ...options.env, TMPDIR: wheels };
  await run("python3", [...fixed, ...target, ...platforms, "--dest", wheels, ...what], { ...options, env, show: true });
}

/** Unzips what matches; python is there, since pip is. */
const UNZIP = `import re, sys, zipfile
wheel, folder, pattern = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if re.search(pattern, name):
            archive.extract(name, folder)
`;
