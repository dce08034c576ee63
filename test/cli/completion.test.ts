import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { program } from "../../cli/command-line.js";
import { type CompletedCommand, completedCommands } from "../../cli/completion-model.js";
import { temporaryFolder } from "../data/support.js";
import { smoothcert } from "./support.js";

const folder = temporaryFolder();
let commands: CompletedCommand[];
beforeAll(async () => {
  commands = completedCommands(await program([]));
  await folder.write("a log.tsv", "");
  await folder.write("model.onnx", "");
});

const script = async (shell: string): Promise<string> => (await smoothcert("completion", shell)).out;
const isThere = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** Completes lines as bash does when the tab key is pressed at their ends; a line of words for each. */
const COMPLETE = `
while IFS= read -r line; do
  read -ra COMP_WORDS <<< "$line"
  [[ $line == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _smoothcert
  IFS="|"
  echo "\${COMPREPLY[*]}"
  unset IFS
done`;

async function bash(lines: readonly string[]): Promise<string[][]> {
  const out = execFileSync("bash", ["-c", `${await script("bash")}\n${COMPLETE}`], {
    cwd: folder.path,
    input: lines.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const replies = out.split("\n").slice(0, -1);
  expect(replies).toHaveLength(lines.length);
  return replies.map((reply) => (reply === "" ? [] : reply.split("|")));
}

/** What has to be offered at the end of a line, by the commands themselves: `["smoothcert train --s", ["--sigma"]]`. */
type Case = readonly [line: string, offered: readonly string[]];

function cases(): Case[] {
  return commands.flatMap(({ path, options, commands: below }) => {
    const line = ["smoothcert", ...path].join(" ");
    const names = options.filter(({ value }) => Array.isArray(value));
    return [
      [`${line} -`, options.flatMap(({ flags }) => flags)],
      ...(below.length > 0 ? [[`${line} `, below] as const] : []),
      ...names.map(({ flags, value }) => [`${line} ${flags[0]} `, value as string[]] as const),
    ];
  });
}

describe("bash", () => {
  it("offers every command, every option, and every name that an option takes", async () => {
    const all = cases();
    expect(all.length).toBeGreaterThan(80);
    const offered = await bash(all.map(([line]) => line));
    expect(all.map(([line], i) => [line, offered[i]])).toEqual(all);
  });

  it("offers those that begin as what is typed, wherever it stands", async () => {
    const begun = fc
      .tuple(fc.constantFrom(...cases().filter(([, words]) => words.length > 0)), fc.nat())
      .map(([[line, words], k]): Case => {
        const start = words[k % words.length].slice(0, 1 + (k % 7));
        const typed = `${line.replace(/-$/, "")}${start}`;
        return [typed, words.filter((word) => word.startsWith(start))];
      });
    const drawn = fc.sample(begun, { numRuns: 60, seed: Number(process.env.SEED) });
    const offered = await bash(drawn.map(([line]) => line));
    expect(drawn.map(([line], i) => [line, offered[i]])).toEqual(drawn);
  });

  it("offers files for logs, models and outputs, nothing for numbers, and finds the command", async () => {
    const all: Case[] = [
      ["smoothcert certify mo", ["model.onnx"]],
      ["smoothcert curve a", ["a log.tsv"]],
      ["smoothcert certify model.onnx --out mo", ["model.onnx"]],
      ["smoothcert certify data --engine w", ["webgpu", "wasm"]],
      ["smoothcert certify --engine = w", ["webgpu", "wasm"]],
      ["smoothcert certify --engine =", ["auto", "gpu", "node", "webgpu", "wasm", "cpu"]],
      ["smoothcert certify --n ", []],
      ["smoothcert certify model.onnx --n 100 --bou", ["--bound"]],
      ["smoothcert engine install --web", ["--webgpu"]],
      ["smoothcert engine remove i", []],
      ["smoothcert completion ", ["bash", "zsh", "fish"]],
      ["smoothcert help cert", ["certify"]],
    ];
    const offered = await bash(all.map(([line]) => line));
    expect(all.map(([line], i) => [line, offered[i]])).toEqual(all);
  });
});

describe("fish", () => {
  it("offers the same", async ({ skip }) => {
    skip(!isThere("fish"), "fish is not installed");
    const all = cases().filter((_, i) => i % 8 === 0);
    const asked = all.map(([line]) => `echo "> "; complete -C "${line.replace(/-$/, "--")}"`).join("; ");
    const out = execFileSync("fish", ["-c", `${await script("fish")}\n${asked}`], { encoding: "utf8" });
    const offered = out.split("> \n").slice(1);
    const words = offered.map((reply) =>
      reply
        .split("\n")
        .map((line) => line.split("\t")[0])
        .filter((word) => word !== ""),
    );
    const long = (each: readonly string[]): string[] => each.filter((word) => !/^-\w$/.test(word)).toSorted();
    expect(words.map(long)).toEqual(all.map(([, each]) => long(each)));
  });
});

describe("zsh", () => {
  it("can read what is written for it", async ({ skip }) => {
    skip(!isThere("zsh"), "zsh is not installed");
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: await script("zsh"), encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

it("names a shell that isn't known", async () => {
  const { code, err } = await smoothcert("completion", "tcsh");
  expect({ code, err }).toEqual({ code: 2, err: 'error: <shell> must be one of bash, zsh, fish, got "tcsh"\n' });
});
