import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { decodeSafetensors, loadCheckpoint, type NamedTensor, saveCheckpoint, type TrainState } from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { numbers } from "./support.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
  path = join(folder, "checkpoint", "latest.safetensors");
});
afterEach(() => rm(folder, { recursive: true }));

const STATE: TrainState = {
  epoch: 2,
  step: 17,
  sums: { examples: 136, loss: 1 / 3, log: { accuracy: 0.1 + 0.2 }, seconds: 4.2 },
  weights: [
    { name: "conv/kernel", shape: [2, 3], values: numbers(6, 1) },
    { name: "conv/bias", shape: [3], values: numbers(3, 2) },
  ],
  velocities: [{ name: "conv/kernel", shape: [2, 3], values: numbers(6, 3) }],
  averages: [{ name: "conv/bias", shape: [3], values: numbers(3, 4) }],
};

const values = fc.float32Array({ maxLength: 5 });
const tensor: fc.Arbitrary<NamedTensor> = fc
  .record({ name: fc.string(), values })
  .map(({ name, values }) => ({ name, shape: [1, values.length], values }));
const states: fc.Arbitrary<TrainState> = fc.record({
  epoch: fc.nat(),
  step: fc.nat(),
  sums: fc.record({
    examples: fc.nat(),
    loss: fc.float({ noNaN: true, noDefaultInfinity: true }),
    log: fc.dictionary(fc.stringMatching(/^[a-zA-Z]{1,9}$/), fc.double({ min: 0, max: 1e9, noNaN: true })),
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  weights: fc.array(tensor, { maxLength: 4 }),
  velocities: fc.array(tensor, { maxLength: 4 }),
  averages: fc.array(tensor, { maxLength: 4 }),
});

/** -0 is written as 0 in JSON, which no sum minds. */
function plain(state: TrainState): TrainState {
  const { examples, loss, log, seconds } = state.sums;
  const scalars = Object.fromEntries(Object.entries(log).map(([name, value]) => [name, value + 0]));
  return { ...state, sums: { examples, loss: loss + 0, log: scalars, seconds: seconds + 0 } };
}

describe("a checkpoint", () => {
  it("is read as it was written, whatever the weights, and leaves no other file", async () => {
    await fc.assert(
      fc.asyncProperty(states, async (state) => {
        await saveCheckpoint(path, state);
        expect(await loadCheckpoint(path)).toEqual(plain(state));
        expect(await readdir(join(path, ".."))).toEqual(["latest.safetensors"]);
      }),
      { numRuns: 30 },
    );
  });

  it("is a safetensors file", async () => {
    await saveCheckpoint(path, STATE);
    const bytes = await readFile(path);
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0))));
    expect(Object.keys(header)).toEqual([
      "__metadata__",
      "weights/0/conv/kernel",
      "weights/1/conv/bias",
      "velocities/0/conv/kernel",
      "averages/0/conv/bias",
    ]);
    expect(header["weights/1/conv/bias"]).toEqual({ dtype: "F32", shape: [3], data_offsets: [24, 36] });
    expect(decodeSafetensors(bytes).tensors[1].values).toEqual(STATE.weights[1].values);
  });

  it("is refused with its name when cut off anywhere or changed in any byte", async () => {
    await saveCheckpoint(path, STATE);
    const whole = await readFile(path);
    const damage = fc.record({ at: fc.nat(whole.length - 1), flip: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, flip }) => {
        // The header is padded with spaces; other white space there means the same.
        fc.pre(!(whole[at] === 0x20 && [0x09, 0x0a, 0x0d].includes(whole[at] ^ flip)));
        const bytes = flip === 0 ? whole.subarray(0, at) : Buffer.from(whole);
        if (flip > 0) bytes[at] ^= flip;
        await writeFile(path, bytes);
        const error = await loadCheckpoint(path).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: "FileError", path });
        expect((error as Error).message).toContain(`${path}: expected a whole checkpoint, found a damaged file`);
        expect((error as Error).message).toContain("train anew into another folder");
      }),
      { numRuns: 200, examples: [[{ at: 0, flip: 0 }], [{ at: whole.length - 1, flip: 0 }]] },
    );
  });

  it("is refused with its name when missing", async () => {
    const refusal = loadCheckpoint(path);
    await expect(refusal).rejects.toMatchObject({ name: "FileError", path });
    await expect(refusal).rejects.toThrow(`${path}: expected a checkpoint, found nothing of that name`);
  });
});
