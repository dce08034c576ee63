import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { TensorFlowLibrary } from "./tensorflow.js";
import { COMPILER, type Runner, type RunOptions } from "./tools.js";

/** Our own operations of TensorFlow, compiled from the C++ in `native/` at installation and linked into the binding. */

interface Unit {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

/** One source is compiled for each processor that it has code for; which runs is decided where it runs. */
const UNITS: readonly Unit[] = [
  { source: "operations.cc", object: "operations.o", flags: [] },
  { source: "parallel.cc", object: "parallel.o", flags: ["-pthread"] },
  winograd("Avx2", ["-mavx2", "-mfma"]),
  winograd("Avx512", ["-mavx512f"]),
];

function winograd(processor: string, flags: readonly string[]): Unit {
  const definition = `-DSMOOTHCERT_WINOGRAD=kWinograd${processor}`;
  return { source: "winograd.cc", object: `winograd-${processor}.o`, flags: [...flags, definition] };
}

/**
 * Compiles the operations, passes the object files on, and removes them. There are none for other processors than x64.
 *
 * @param link is given the compiler's arguments that add the operations to a shared library
 */
export async function withOperations(
  folder: string,
  arch: string,
  { include }: Pick<TensorFlowLibrary, "include">,
  run: Runner,
  options: RunOptions,
  link: (objects: readonly string[]) => Promise<void>,
): Promise<void> {
  if (arch !== "x64") return await link([]);
  const sources = join(dirname(createRequire(import.meta.url).resolve("smoothcert/package.json")), "native");
  const objects = UNITS.map(({ object }) => join(folder, object));
  for (const [i, { source, flags }] of UNITS.entries()) {
    const shared = ["-c", "-fPIC", "-O3", "-std=c++17", "-Wno-psabi", "-I", include];
    await run(COMPILER, [...shared, ...flags, join(sources, source), "-o", objects[i]], options);
  }
  await link([...objects, "-pthread"]);
  for (const object of objects) await rm(object);
}
