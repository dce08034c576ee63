import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type EpochRecord, type RunOptions, trainRun } from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crc32c, framed } from "../../train/tensorboard/record-frame.js";
import { crcBitByBit, type ReadEvent, readEvents, readRecords } from "./event-reader.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("record framing", () => {
  it("has the CRC-32C of RFC 3720", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    // Appendix B.4: 32 bytes of zeros, of ones, and 0 .. 31.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => BigInt(crc32c(bytes)) === crcBitByBit(bytes)));
  });

  it("is read back by an independent reader, up to the last whole record wherever the file ends", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), fc.nat(), (records, cut) => {
        const frames = records.map(framed);
        const whole = Uint8Array.from(frames.flatMap((frame) => [...frame]));
        expect(readRecords(whole)).toEqual(records);
        const end = cut % (whole.length + 1);
        const read = readRecords(whole.subarray(0, end));
        expect(read).toEqual(records.slice(0, read.length));
        const size = (count: number): number => frames.slice(0, count).reduce((sum, { length }) => sum + length, 0);
        expect(size(read.length)).toBeLessThanOrEqual(end);
        expect(read.length === records.length || size(read.length + 1) > end).toBe(true);
      }),
    );
  });

  it("shows any changed byte", () => {
    const bytes = framed(new TextEncoder().encode("a record"));
    for (let i = 8; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 1;
      expect(() => readRecords(changed)).toThrow("wrong checksum");
    }
  });
});

describe("the event files of a run", () => {
  const options = (given: Partial<RunOptions> = {}): RunOptions => ({
    out: join(folder, "run"),
    settings: { limit: 240, model: "linear", objective: { copies: 2 }, epochs: 2, batch: 10, warmup: 0, lr: 0.02 },
    engine: "wasm",
    version: "1.2.3",
    ...given,
  });

  async function eventFiles(): Promise<ReadEvent[][]> {
    const names = (await readdir(join(folder, "run"))).filter((name) => name.includes("tfevents")).sort();
    return Promise.all(names.map(async (name) => readEvents(await readFile(join(folder, "run", name)))));
  }

  const curve = (events: readonly ReadEvent[], tag: string): number[][] =>
    events.filter(({ scalars }) => tag in scalars).map(({ step, scalars }) => [step, scalars[tag]]);

  it("hold means of every 20 steps and of the epochs, by step, with all four figures", async () => {
    const { history } = await trainRun(options());
    const [events] = await eventFiles();
    expect(events[0].fileVersion).toBe("brain.Event:2");
    expect(events[1]).toMatchObject({ step: 1, sessionStatus: 1 });
    const points = curve(events, "steps/loss");
    // 24 steps an epoch: the rest of an epoch has a point of its own.
    expect(points.map(([step]) => step)).toEqual([20, 24, 44, 48]);
    expect((200 * points[0][1] + 40 * points[1][1]) / 240).toBeCloseTo(history[0].loss, 5);
    const figures: Record<string, (epoch: EpochRecord) => number> = {
      loss: ({ loss }) => loss,
      accuracy: ({ log }) => log.accuracy,
      lr: ({ lr }) => lr,
      images_per_second: ({ imagesPerSecond }) => imagesPerSecond,
    };
    for (const [figure, of] of Object.entries(figures)) {
      const points = history.map((epoch, i) => [24 * (i + 1), Math.fround(of(epoch))]);
      expect(curve(events, `epochs/${figure}`)).toEqual(points);
    }
    for (const { wallTime } of events) expect(Math.abs(Date.now() / 1000 - wallTime)).toBeLessThan(600);
  });

  it("hold all points so far at any moment of the run, and go on where a resumed run goes on", async () => {
    const stop = new AbortController();
    const seen: number[][] = [];
    const hooks = {
      async onEpoch() {
        seen.push(curve((await eventFiles())[0], "steps/loss").map(([step]) => step));
        stop.abort();
      },
    };
    await expect(trainRun(options({ hooks, signal: stop.signal }))).rejects.toMatchObject({ name: "InterruptedError" });
    expect(seen).toEqual([[20, 24]]);
    await trainRun(options({ resume: true, settings: {} }));
    const [first, second] = await eventFiles();
    expect(curve(first, "epochs/loss").map(([step]) => step)).toEqual([24]);
    // TensorBoard drops what it had from step 25 on.
    expect(second[1]).toMatchObject({ step: 25, sessionStatus: 1 });
    expect(curve(second, "steps/loss").map(([step]) => step)).toEqual([44, 48]);
    expect(curve(second, "epochs/loss").map(([step]) => step)).toEqual([48]);
  });
});
