import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startTorch, type TorchProcess } from "../torch-process.js";
import { type Case, casesOf, nameOf, type Size, shapeOf } from "./cases.js";
import type { Conformance } from "./conformance.js";

/**
 * The check of a real GPU: adapter, conformance, and speed on WebGPU beside PyTorch on the same card, in one run of at
 * most 8 minutes. What fails or takes too long is reported, and the rest goes on. Results are written after each case,
 * as JSON and as a table. See bench/gpu/README.md.
 */

/** Seconds for everything. */
const ALL = 450;
/** Seconds for one case on one side; each limit is also what is left of {@link ALL}. */
const ONE: Record<Size, number> = { full: 60, tiny: 300 };

interface Result {
  readonly name: string;
  readonly kind: Case["kind"];
  readonly webgpu: Answer;
  readonly torch?: Answer;
  /** With TensorFloat-32. */
  readonly torchTf32?: Answer;
}

type Answer = Readonly<Record<string, unknown>> & { readonly perSecond?: number; readonly error?: string };

type TorchQuestion = Case & { readonly shape: readonly number[]; readonly tf32: boolean };

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "gpu-check" },
    python: { type: "string", default: "python3" },
    tiny: { type: "boolean", default: false },
  },
});
const size: Size = flags.tiny ? "tiny" : "full";
const begun = performance.now();
const secondsLeft = (): number => ALL - (performance.now() - begun) / 1000;
const limit = (): number => (size === "tiny" ? ONE.tiny : Math.min(ONE.full, secondsLeft()));

/** Runs measure.js for a case. */
async function onWebgpu(one: Case): Promise<Answer> {
  const seconds = limit();
  if (seconds <= 5) return { error: "no time was left" };
  const program = fileURLToPath(new URL("measure.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(one), size], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => out.push(String(chunk)));
  child.stderr.on("data", (chunk) => err.push(String(chunk)));
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (code === 0) return JSON.parse(out.join("").trim().split("\n").at(-1)!);
  const why = signal === "SIGKILL" ? `took more than ${Math.round(seconds)} s` : `ended with ${signal ?? code}`;
  return { error: `${why}: ${lastWords(err.join(""))}` };
}

/** The line of a stack that says what happened. */
function lastWords(text: string): string {
  const lines = text.trim().split("\n");
  return lines.find((line) => /Error: /.test(line)) ?? lines.at(-1) ?? "";
}

async function onTorch(torch: Torch | undefined, one: Case, tf32: boolean): Promise<Answer> {
  if (torch === undefined) return { error: "there is no PyTorch" };
  if (one.kind !== "train" && one.kind !== "certify") return {};
  const seconds = limit();
  if (seconds <= 5) return { error: "no time was left" };
  const [height, width, channels] = shapeOf(one.net, size);
  const late = new Promise<Answer>((resolve) => {
    setTimeout(() => resolve({ error: `took more than ${Math.round(seconds)} s` }), seconds * 1000).unref();
  });
  return Promise.race([torch.ask({ ...one, shape: [channels, height, width], tf32 }), late]);
}

type Torch = TorchProcess<TorchQuestion, Answer>;

async function resultOf(one: Case, torch: Torch | undefined): Promise<Result> {
  const webgpu = await onWebgpu(one);
  const shown = { name: nameOf(one), kind: one.kind, webgpu };
  if (one.kind !== "train" && one.kind !== "certify") return shown;
  return { ...shown, torch: await onTorch(torch, one, false), torchTf32: await onTorch(torch, one, true) };
}

const number = ({ perSecond, error }: Answer = {}): string =>
  perSecond === undefined ? (error ?? "-") : perSecond.toFixed(perSecond < 10 ? 2 : 0);

function ratio({ webgpu, torch }: Result): string {
  const [a, b] = [webgpu.perSecond, torch?.perSecond];
  return a === undefined || b === undefined ? "-" : (a / b).toFixed(2);
}

function tableOf(results: readonly Result[]): string {
  const measured = results.filter(({ kind }) => kind === "train" || kind === "certify");
  return [
    "| per second | WebGPU | PyTorch | PyTorch, TF32 | WebGPU / PyTorch |",
    "| --- | --- | --- | --- | --- |",
    ...measured.map((each) => {
      const cells = [each.name, number(each.webgpu), number(each.torch), number(each.torchTf32), ratio(each)];
      return `| ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}

function conformanceText({ webgpu }: Result): string {
  if (webgpu.error !== undefined) return `conformance: ${webgpu.error}`;
  const checks = webgpu.checks as Conformance[];
  return checks
    .map(({ name, difference, most }) => {
      const verdict = difference <= most ? "holds" : "FAILS";
      return `${verdict}: ${name} (difference ${difference.toExponential(1)}, at most ${most.toExponential(0)})`;
    })
    .join("\n");
}

function textOf(one: Result): string {
  if (one.kind === "adapter") return `adapter: ${JSON.stringify(one.webgpu)}`;
  if (one.kind === "conformance") return conformanceText(one);
  const [webgpu, torch, tf32] = [one.webgpu, one.torch, one.torchTf32].map(number);
  return `${one.name}: WebGPU ${webgpu}, PyTorch ${torch} (TF32 ${tf32}) a second`;
}

async function main(): Promise<void> {
  mkdirSync(flags.out, { recursive: true });
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`);
  const torch = await startTorch<TorchQuestion, Answer>("gpu.py", flags.python).catch((error: Error) => {
    console.log(`PyTorch: ${error.message}`);
    return undefined;
  });
  const results: Result[] = [];
  for (const one of casesOf(size)) {
    results.push(await resultOf(one, torch));
    console.log(textOf(results.at(-1)!));
    writeFileSync(join(flags.out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  }
  torch?.stop();
  const table = tableOf(results);
  writeFileSync(join(flags.out, "results.md"), `${table}\n`);
  console.log(`\n${table}\n\n${Math.round((performance.now() - begun) / 1000)} s; written to ${flags.out}`);
  process.exitCode = results.some(({ webgpu }) => webgpu.error !== undefined) ? 1 : 0;
}

await main();
