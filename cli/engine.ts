import { Command } from "commander";
import { describeEngines, type EngineReport, useEngine } from "../src/index.js";
import { print } from "./print.js";

/** `smoothcert engine`: which TensorFlow.js engine runs here, and why the better ones don't. */
export function engineCommand(): Command {
  return new Command("engine")
    .description("tell which TensorFlow.js engine runs here, its version and threads, and why the better ones don't")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExamples:\n  smoothcert engine\n  smoothcert engine --json")
    .action(async (options: { json?: boolean }) => {
      const chosen = await useEngine("auto");
      const engines = await describeEngines();
      print(options.json ? JSON.stringify({ chosen: chosen.name, engines }) : listing(chosen, engines));
    });
}

function listing(chosen: EngineReport, engines: readonly EngineReport[]): string {
  return engines.map((engine) => line(engine, engine.name === chosen.name)).join("\n");
}

function line(engine: EngineReport, runs: boolean): string {
  const state = engine.available
    ? `${engine.version}, ${engine.threads} ${engine.threads === 1 ? "thread" : "threads"}`
    : `not available: ${engine.why}`;
  return `${runs ? "*" : " "} ${engine.name.padEnd(5)} ${engine.package.padEnd(29)}  ${state}`;
}
