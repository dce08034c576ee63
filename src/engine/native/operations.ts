import { join } from "node:path";
import { packageFile } from "../../files/package-file.js";
import type { TensorFlowLibrary } from "./tensorflow.js";
import { COMPILER, type Machine, type RunOptions } from "./tools.js";

/** Our own operations of TensorFlow, compiled from the C++ in `native/` at installation and linked into the binding. */

interface Unit {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

const AVX2 = ["-mavx2", "-mfma"];
const AVX512 = ["-mavx512f"];

/** Some sources are compiled for two kinds of processors; which runs is decided where it runs. */
const UNITS: readonly Unit[] = [
  unit("allocation"),
  unit("signals"),
  unit("parallel", ["-pthread"]),
  unit("winograd-operations"),
  unit("winograd", [...AVX2, "-DSMOOTHCERT_WINOGRAD=kWinogradAvx2"], "winograd-avx2"),
  unit("winograd", [...AVX512, "-DSMOOTHCERT_WINOGRAD=kWinogradAvx512"], "winograd-avx512"),
  unit("batch-norm-operations"),
  unit("batch-norm", [...AVX2, "-DSMOOTHCERT_BATCH_NORM=kBatchNormAvx2"], "batch-norm-avx2"),
  unit("batch-norm", [...AVX512, "-DSMOOTHCERT_BATCH_NORM=kBatchNormAvx512"], "batch-norm-avx512"),
  unit("cross-entropy-operations"),
  unit("cross-entropy", [...AVX2, "-DSMOOTHCERT_CROSS_ENTROPY=kCrossEntropyAvx2"], "cross-entropy-avx2"),
  unit("cross-entropy", [...AVX512, "-DSMOOTHCERT_CROSS_ENTROPY=kCrossEntropyAvx512"], "cross-entropy-avx512"),
  unit("scaled-sum-operations"),
  unit("lstm-operations"),
  unit("lstm", [...AVX2, "-DSMOOTHCERT_LSTM=kLstmAvx2"], "lstm-avx2"),
  unit("lstm", [...AVX512, "-DSMOOTHCERT_LSTM=kLstmAvx512"], "lstm-avx512"),
];

/** Calls of TensorFlow's that go through `native/signals.cc`. */
const WRAPPED = ["TFE_NewContext", "TFE_Execute"];

function unit(source: string, flags: readonly string[] = [], object = source): Unit {
  return { source: `${source}.cc`, object: `${object}.o`, flags };
}

/**
 * Compiles the operations. There are none for other processors than x64.
 *
 * @param folder where the object files go
 * @returns the compiler's arguments that link the operations into a shared library
 */
export async function compileOperations(
  folder: string,
  { include }: Pick<TensorFlowLibrary, "include">,
  { run, arch }: Pick<Machine, "run" | "arch">,
  options: RunOptions,
): Promise<string[]> {
  if (arch !== "x64") return [];
  const sources = packageFile("native");
  const objects = UNITS.map(({ object }) => join(folder, object));
  for (const [i, { source, flags }] of UNITS.entries()) {
    const shared = ["-c", "-fPIC", "-O3", "-std=c++17", "-Wno-psabi", "-I", include];
    await run(COMPILER, [...shared, ...flags, join(sources, source), "-o", objects[i]], options);
  }
  return [...objects, "-pthread", ...WRAPPED.map((name) => `-Wl,--wrap=${name}`)];
}
