import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { formatDuration, startProgress } from "../../cli/progress.js";
import { smoothcert } from "./support.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-progress-"));
});
afterAll(() => rm(folder, { recursive: true }));

const isTTY = process.stderr.isTTY;
afterEach(() => {
  process.stderr.isTTY = isTTY;
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

describe("on a terminal", () => {
  it("a bar shows where training and certification stand, and gives the cursor back", async () => {
    process.stderr.isTTY = true;
    const run = join(folder, "run");
    const words = "train --model linear --limit 100 --epochs 2 --batch 10 --engine cpu --out".split(" ");
    const trained = await smoothcert(...words, run);
    const certified = await smoothcert("certify", run, "--n", "100", "--max", "3");
    expect(trained.err).toMatch(
      /train \[.{12}\] 100%, 0s left \| epoch 2\/2, loss \d+\.\d{3}, \d+ images\/s, accuracy /,
    );
    expect(certified.err).toMatch(/certify \[.{12}\] 100%, 0s left \| 3\/3 images, \d correct/);
    for (const { code, err } of [trained, certified]) {
      expect(code).toBe(0);
      expect(err.split(HIDE_CURSOR)).toHaveLength(2);
      expect(err.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(err.lastIndexOf(HIDE_CURSOR));
    }
  });
});

describe("in a file", () => {
  it("there is a line every ten seconds, with the time left", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    process.stderr.isTTY = false;
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
    const progress = startProgress("train", 1000, "images", 200);
    for (let done = 204; done <= 300; done += 4) {
      vi.advanceTimersByTime(1000);
      progress.update(done, "loss 1.0");
    }
    progress.stop();
    // 4 images a second: 760 are left after ten seconds, 720 after twenty.
    expect(lines).toEqual([
      "train: 240/1000 images, loss 1.0, 3 min 10 s left\n",
      "train: 280/1000 images, loss 1.0, 3 min 0 s left\n",
    ]);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0.0 s"],
    [4.24, "4.2 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [10, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [60, "1 min 0 s"],
    [119.7, "2 min 0 s"],
    [200, "3 min 20 s"],
    [599.7, "10 min"],
    [600, "10 min"],
    [3599, "1 h 0 min"],
    [7500, "2 h 5 min"],
    [Number.NaN, "unknown time"],
    [Infinity, "unknown time"],
    [-1, "unknown time"],
  ])("says %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
