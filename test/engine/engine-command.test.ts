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

test("lists every engine, marks the one that runs, and says why the better ones don't", async () => {
  const lines = (await printed()).trimEnd().split("\n");
  expect(lines.map((line) => line.slice(2).split(" ")[0])).toEqual(["gpu", "node", "wasm", "cpu"]);
  const running = lines.findIndex((line) => line.startsWith("* "));
  expect(lines[running]).toMatch(/4\.22\.0.*, \d+ threads?/);
  for (const line of lines.slice(0, running)) expect(line).toMatch(/not available: .+/);
});

test("--json prints one object", async () => {
  const { chosen, engines } = JSON.parse(await printed("--json"));
  const first = engines.find((engine: { available: boolean }) => engine.available);
  expect(first.name).toBe(chosen);
  expect(engines).toHaveLength(4);
});
