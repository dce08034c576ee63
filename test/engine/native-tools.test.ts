import { describe, expect, test } from "vitest";
import { runProgram } from "../../src/engine/native/tools.js";

describe("runProgram", () => {
  test("returns what the program prints, and adds to its environment", async () => {
    const script = "process.stdout.write(process.env.GREETING + process.cwd())";
    expect(await runProgram(process.execPath, ["-e", script], { env: { GREETING: "in " }, cwd: "/" })).toBe("in /");
  });

  test("a program that fails is quoted with its last words", async () => {
    const script = "for (let i = 0; i < 9; i++) console.error('line ' + i); process.exit(3)";
    await expect(runProgram(process.execPath, ["-e", script])).rejects.toMatchObject({
      name: "EngineError",
      message: `${process.execPath} -e failed (exit code 3): line 3 | line 4 | line 5 | line 6 | line 7 | line 8`,
    });
  });

  test("a program that crashes is told by its signal", async () => {
    await expect(runProgram(process.execPath, ["-e", "process.kill(process.pid, 'SIGABRT')"])).rejects.toMatchObject({
      name: "EngineError",
      message: `${process.execPath} -e failed (SIGABRT)`,
    });
  });

  test("a program that is not there is named", async () => {
    await expect(runProgram("no-such-program", [])).rejects.toMatchObject({
      name: "EngineError",
      message: "no-such-program cannot be started: spawn no-such-program ENOENT",
    });
  });

  test("the signal stops it", async () => {
    const controller = new AbortController();
    const running = runProgram(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({
      name: "InterruptedError",
      message: "engine install: stopped; nothing was installed. The same command starts again",
    });
  });
});
