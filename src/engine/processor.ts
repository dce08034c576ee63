import { readFileSync } from "node:fs";
import { arch, cpus } from "node:os";

/** The features by which kernels of matrix products are chosen, x86 and Arm. */
const FEATURES = [
  ...["sse4_1", "avx", "avx2", "fma", "f16c", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"],
  ...["avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16"],
  ...["asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2"],
];

/** The processor, as far as it decides how numbers are rounded: `x64 avx avx2 fma`, or its name. */
export function processorText(): string {
  return [arch(), ...features()].join(" ");
}

function features(): string[] {
  try {
    const [, list = ""] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8")) ?? [];
    return list.split(" ").filter((feature) => FEATURES.includes(feature));
  } catch {
    return [cpus()[0]?.model ?? "unknown"];
  }
}
