import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { describeEngines, useEngine } from "smoothcert";
import { describe, expect, it } from "vitest";

const native = (await describeEngines()).find(({ name }) => name === "node");

/** Signals that must not come in the middle of a product: Ctrl-C, a child that ends, a window that is resized. */
const SIGNALS = { SIGINT: 2, SIGCHLD: 17, SIGWINCH: 28 };

/** Whether all of them are blocked, from the text of a thread's status. */
function areBlocked(status: string): boolean {
  const mask = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(status)![1]}`);
  return Object.values(SIGNALS).every((signal) => ((mask >> BigInt(signal - 1)) & 1n) === 1n);
}

/**
 * oneDNN's products of matrices write over the heap where a signal comes in the middle (`native/signals.cc`). Without
 * care, 402 and 2,255 signals to two trainings of a LeNet ended them, on a processor without AVX-512; with it, 50,000
 * ended none.
 */
describe.skipIf(!native?.available || process.platform !== "linux")("signals", () => {
  it("are blocked in all threads of TensorFlow", async () => {
    await useEngine("node");
    tf.tidy(() => tf.matMul(tf.ones([100, 100]), tf.ones([100, 100])).dataSync());
    const threads = readdirSync("/proc/self/task")
      .map((id) => readFileSync(`/proc/self/task/${id}/status`, "utf8"))
      .filter((status) => /^Name:\s+tf_/m.test(status));
    expect(threads.length).toBeGreaterThan(0);
    expect(threads.filter((status) => !areBlocked(status))).toEqual([]);
  });

  it("are blocked in the main thread while an operation runs, and no longer", async () => {
    await useEngine("node");
    const path = `/proc/${process.pid}/task/${process.pid}/status`;
    expect(areBlocked(readFileSync(path, "utf8"))).toBe(false);
    const looks = 50;
    const look = `for _ in $(seq ${looks}); do grep SigBlk ${path}; sleep 0.01; done`;
    let done = false;
    const seen = promisify(execFile)("bash", ["-c", look]).finally(() => {
      done = true;
    });
    const a = tf.ones([800, 800]) as tf.Tensor2D;
    while (!done) {
      tf.tidy(() => void tf.matMul(a, a, true, false));
      await tf.nextFrame();
    }
    a.dispose();
    const lines = (await seen).stdout.trim().split("\n");
    expect(lines).toHaveLength(looks);
    // All but moments of its time is spent in products, unless the machine gives that time to others.
    expect(lines.filter(areBlocked).length).toBeGreaterThan(looks / 4);
  });
});
