import { runCommandLine } from "../../cli/command-line.js";

/** What a command line said when it ended with another code than 0. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/**
 * Runs a command line in this process, and keeps what it writes.
 *
 * @throws Refusal if it ends with another code than 0 @throws Error if a control character is among what it writes
 */
export async function smoothcert(...words: readonly string[]): Promise<string> {
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);
  const kept = ["", ""];
  streams.forEach((stream, i) => {
    stream.write = ((text: unknown) => {
      kept[i] += String(text);
      return true;
    }) as typeof stream.write;
  });
  let code: number;
  try {
    code = await runCommandLine(words);
  } finally {
    streams.forEach((stream, i) => {
      stream.write = writes[i];
    });
  }
  const [out, err] = kept;
  const control = CONTROLS.exec(out + err)?.[0];
  if (control !== undefined) throw new Error(`a control character reached the terminal: ${JSON.stringify(control)}`);
  if (code !== 0) throw new Refusal(err.trim());
  return out;
}
