import { describe, expect, it } from "vitest";
import { smoothcert } from "./support.js";

describe("smoothcert demo", () => {
  it("--help says what it does, where it writes, and how to resume it", async () => {
    const { code, out, err } = await smoothcert("demo", "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const text = out.replaceAll(/\s+/g, " ");
    expect(text).toMatch(/^Usage: smoothcert demo \[options\] train on MNIST with MaxUp, certify 100 test images/);
    expect(text).toContain("--out <run> the run folder (default: runs/demo)");
    expect(text).toContain("If the demo is interrupted, rerun it to resume.");
    expect(text).toContain("Example: smoothcert demo --out runs/demo");
  });

  it("refuses an engine that is none before it does anything", async () => {
    const { code, err } = await smoothcert("demo", "--engine", "tpu");
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: --engine must be one of auto, gpu, node, webgpu, wasm, cpu, got "tpu"\n',
    });
  });
});
