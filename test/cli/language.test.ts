import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generatedText } from "../train/language/support.js";
import { smoothcert } from "./support.js";

const SHAKESPEARE = new URL("../../../shared/data/text/tinyshakespeare.txt.gz", import.meta.url);
const TINY = ["--embedding", "6", "--hidden", "8", "--batch", "4", "--bptt", "10", "--lr", "2", "--epochs", "2"];
const HERE = ["--engine", "cpu"];

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-lm-cli-"));
  const text = (length: number, seed: number): string =>
    [...generatedText(length, seed)].map((token, i) => "\nabcde"[token] + (i % 9 === 8 ? "\n" : " ")).join("");
  await mkdir(at("text"));
  await writeFile(at("text/train.txt"), text(200, 1));
  await writeFile(at("text/valid.txt"), text(40, 2));
  await writeFile(at("text/test.txt"), `${text(40, 3)}zebra\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe("train-lm, evaluate-lm and generate", () => {
  it("train a model of words, measure it, and let it write", async () => {
    const words = ["train-lm", "--data", at("text"), "--out", at("run"), "--copies", "2", "--warmup", "1", ...TINY];
    const trained = await smoothcert(...words, ...HERE);
    expect(trained.err).toMatch(/MaxUp over 2 copies: embedding dropout 0.1/);
    expect(trained.code).toBe(0);
    expect(trained.out).toMatch(
      /2 epochs in .*; the best is epoch [12]\nvalidation: perplexity [\d.]+, over \d+ words/,
    );
    const lines = (await readFile(at("run/history.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).objective)).toEqual(["plain", "maxup"]);

    const again = await smoothcert(...words, ...HERE, "--json");
    expect(again.err).toMatch(/nothing is left to train/);
    const summary = JSON.parse(again.out);
    const measured = await smoothcert("evaluate-lm", at("run"), ...HERE, "--json");
    const { perplexity, tokens, unknown } = JSON.parse(measured.out);
    expect(perplexity).toBe(summary.testPerplexity);
    // 41 words in 5 lines; the first is not foretold.
    expect({ tokens, unknown }).toEqual({ tokens: 41 + 5 - 1, unknown: 1 });

    const dynamic = await smoothcert("evaluate-lm", at("run"), "--dynamic", "--part", "valid", ...HERE);
    expect(dynamic.out).toMatch(/^text, valid: perplexity [\d.]+, over \d+ words\n$/);

    const write = (...more: string[]) => smoothcert("generate", at("run"), "--length", "12", ...more, ...HERE);
    const text = await write("--prompt", "a b", "--seed", "3");
    expect(text.out).toMatch(/^a b/);
    expect(
      text.out
        .trim()
        .split(/\s+/)
        .every((word) => /^[abcde]$/.test(word)),
    ).toBe(true);
    expect((await write("--prompt", "a b", "--seed", "3")).out).toBe(text.out);
    expect((await write("--prompt", "zebra")).err).toMatch(/the model doesn't know zebra/);
  });

  it("say what is wrong with settings, texts and folders", async () => {
    const run = (...words: string[]) => smoothcert("train-lm", "--out", at("new"), ...words, ...HERE);
    expect((await run("--data", at("text"), "--weight-drop", "1")).err).toMatch(
      /weightDrop \(of language models\) must be a number in \[0, 1\), got 1/,
    );
    expect((await run("--data", at("text"), "--copies", "1.5")).err).toMatch(
      /--copies must be an integer of at least 1/,
    );
    expect((await run()).err).toMatch(/data must be a folder with train.txt, valid.txt and test.txt, or a text/);
    expect((await run("--resume")).err).toMatch(/out must be the folder of a run/);
    expect((await run("--data", at("text"), "--batch", "200")).err).toMatch(/batch must be at most 111/);
    expect((await run("--data", at("nothing"))).code).toBe(1);
    const other = await smoothcert("train-lm", "--out", at("run"), "--resume", "--lr", "3", ...HERE);
    expect(other.err).toMatch(/lr must be 2, with which the run was started, got 3/);
    expect(other.code).toBe(2);
    expect((await smoothcert("train-lm", "--out", at("text"), "--data", at("text"), ...HERE)).err).toMatch(
      /which holds something else/,
    );
    expect((await smoothcert("evaluate-lm", at("text/train.txt"), ...HERE)).err).toMatch(/a whole language model/);
  });

  it("take a text of characters in one file, compressed, and go on for more epochs", async ({ skip }) => {
    skip(!existsSync(SHAKESPEARE), "shared/data/text/tinyshakespeare.txt.gz is not here");
    const text = gunzipSync(await readFile(SHAKESPEARE))
      .toString("utf8")
      .slice(0, 3000);
    await writeFile(at("play.txt"), text);
    const words = ["train-lm", "--out", at("play"), ...HERE];
    const begun = await smoothcert(
      ...words,
      "--data",
      at("play.txt"),
      "--level",
      "character",
      ...TINY,
      "--epochs",
      "1",
    );
    expect(begun.out).toMatch(/perplexity [\d.]+, [\d.]+ bits per character, over 149 characters/);
    const more = await smoothcert(...words, "--resume", "--epochs", "2", "--json");
    expect(more.err).toMatch(/resuming after 1 epoch/);
    expect(JSON.parse(more.out).settings.epochs).toBe(2);
  });
});
