import { expect, test, vi } from "vitest";
import { engineCommand } from "../../cli/engine.js";

async function printed(...args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await engineCommand().parseAsync(args, { from: "user" });
    return write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }
}

test("lists every engine, marks the one that runs, and says what the better ones lack", async () => {
  const [title, ...lines] = (await printed()).trimEnd().split("\n");
  expect(title).toBe("TensorFlow.js, for training and --runtime tfjs:");
  const engines = lines.slice(0, 5);
  expect(engines.map((line) => line.slice(2).split(" ")[0])).toEqual(["gpu", "node", "webgpu", "wasm", "cpu"]);
  const running = engines.findIndex((line) => line.startsWith("* "));
  expect(engines[running]).toMatch(/4\.22\.0.*, \d+ threads?/);
  for (const line of engines.slice(0, running)) expect(line).toMatch(/not available: .+/);
  expect(lines[5]).toBe("ONNX Runtime, for certification:");
  expect(lines[6]).toMatch(/^\* onnxruntime-node \d+\.\d+\.\d+ \(cpu\), providers: .*\bcpu\b.*, wasm$/);
});

test("--json prints one object", async () => {
  const { chosen, engines, onnx } = JSON.parse(await printed("--json"));
  const first = engines.find((engine: { available: boolean }) => engine.available);
  expect(first.name).toBe(chosen);
  expect(engines).toHaveLength(5);
  expect(onnx.providers).toContain("wasm");
});
