import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A PyTorch process that answers one line of JSON with another. */
export interface TorchProcess<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  stop(): void;
}

/** Starts a script of bench/torch, which first says what it runs on. */
export async function startTorch<Question, Answer>(
  script: string,
  python: string,
): Promise<TorchProcess<Question, Answer>> {
  const path = fileURLToPath(new URL(`../../bench/torch/${script}`, import.meta.url));
  const child = spawn(python, [path], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  console.log(`PyTorch ${(await lines.next()).value}`);
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return JSON.parse((await lines.next()).value as string) as Answer;
    },
    stop: () => void child.kill(),
  };
}
