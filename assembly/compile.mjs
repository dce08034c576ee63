// Compiles the noise kernel and writes it where TypeScript imports it from: npm run kernels. A test compiles it again
// and compares.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/** The kernel's bytes. */
export async function compileKernel() {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const output = {};
  const { error, stderr } = await asc.main(
    [
      "kernel.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--baseDir",
      folder,
    ],
    { writeFile: (name, content) => (output[name] = content) },
  );
  if (error !== null) throw new Error(`the noise kernel does not compile: ${stderr.toString()}`);
  return output["kernel.wasm"];
}

/** The module that holds the kernel's bytes. */
export function moduleOf(bytes) {
  const text = Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,110}/g, '  "$&",\n');
  const comment =
    "/** The noise kernel of assembly/kernel.ts, compiled by `npm run kernels`: WebAssembly in base64. */";
  return `${comment}\nexport const KERNEL: string = [\n${text}].join("");\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = fileURLToPath(new URL("../src/noise/kernel-bytes.ts", import.meta.url));
  writeFileSync(target, moduleOf(await compileKernel()));
}
