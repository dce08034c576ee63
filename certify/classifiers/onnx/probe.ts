import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { ArgumentError } from "../../../src/errors.js";

/** Opens the model with the provider, and ends; what goes wrong is told by whoever opens it next. */
const PROBE = `
  const [runtime, model, provider] = process.argv.slice(1);
  const options = { executionProviders: [provider], logSeverityLevel: 4 };
  require(runtime).InferenceSession.create(model, options).then(() => process.exit(0), () => process.exit(0));
`;

/**
 * Opens a model with a provider in a process of its own first: where a driver is missing or broken, some end the
 * process that loads them.
 *
 * @param program runs Node's programs
 * @throws ArgumentError where the process came to no good end
 */
export async function probeProvider(path: string, provider: string, program: string = process.execPath): Promise<void> {
  const runtime = createRequire(import.meta.url).resolve("onnxruntime-node");
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: "1" };
  const child = spawn(program, ["--eval", PROBE, runtime, path, provider], { env, stdio: "ignore" });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  if (code === 0) return;
  const end = signal ?? `exit code ${code}`;
  const problem = `provider ${provider} ended a process that tried it (${end}): its driver is missing or broken`;
  throw new ArgumentError(`${problem}. Leave --provider out, or mend the driver`, "provider", provider);
}
