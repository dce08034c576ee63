import { Command } from "commander";
import {
  describeOnnxRuntime,
  describeOpenvino,
  NATIVE_INSTALLATION,
  type OnnxRuntimeReport,
  type OpenvinoReport,
} from "../certify/index.js";
import { describeEngines, type EngineReport, useEngine } from "../src/index.js";
import { engineInstallCommand, engineRemoveCommand } from "./engine-install.js";
import { engineText } from "./engine-text.js";
import { print } from "./print.js";

const HELP = `
'smoothcert doctor' looks at everything else that features need, too.

Examples:
  smoothcert engine
  smoothcert engine --json
  smoothcert engine install
  smoothcert engine install --webgpu
  smoothcert engine install --openvino
  smoothcert engine remove`;

/** `smoothcert engine`: which TensorFlow.js engine and ONNX Runtime run here, and what faster ones would need. */
export function engineCommand(): Command {
  return new Command("engine")
    .description("show which TensorFlow.js engine and ONNX Runtime run here, and what faster ones would need")
    .option("--json", "print one JSON object")
    .addCommand(engineInstallCommand())
    .addCommand(engineRemoveCommand())
    .addHelpText("after", HELP)
    .action(async (options: { json?: boolean }) => {
      const chosen = await useEngine("auto");
      const engines = await describeEngines();
      const [onnx, openvino] = [await describeOnnxRuntime(), await describeOpenvino()];
      if (options.json) return print(JSON.stringify({ chosen: chosen.name, engines, onnx, openvino }));
      print(`TensorFlow.js, for training and --runtime tfjs:\n${listing(chosen, engines)}`);
      print(`ONNX Runtime, for certification:\n${onnxListing(onnx, openvino)}`);
    });
}

function listing(chosen: EngineReport, engines: readonly EngineReport[]): string {
  return engines.map((engine) => line(engine, engine.name === chosen.name)).join("\n");
}

function onnxListing({ name, providers, nativeMissing }: OnnxRuntimeReport, openvino: OpenvinoReport): string {
  const lines = [`* ${name}, providers: ${providers.join(", ")}`];
  if (nativeMissing !== undefined) lines.push(`  onnxruntime-node: ${nativeMissing} (${NATIVE_INSTALLATION})`);
  const mend = "mend" in openvino ? ` (${openvino.mend})` : "";
  lines.push(`  --provider openvino: ${"missing" in openvino ? openvino.missing : openvino.version}${mend}`);
  return lines.join("\n");
}

function line(engine: EngineReport, runs: boolean): string {
  return `${runs ? "*" : " "} ${engine.name.padEnd(6)} ${engineText(engine)}`;
}
