import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smoothcert } from "./support.js";

/**
 * Commands of a terminal: a colour, a title of the window by C0 and by C1, an override of direction, a tab, a line's
 * beginning.
 */
const HOSTILE = "\x1b[31m\x1b]0;owned\x07\x9d0;owned\x9c\u202egpj.\u2066\x7f\t\rx";
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
  for (const name of [HOSTILE, "plain"]) {
    await mkdir(join(folder, "images", name), { recursive: true });
    const raw = { raw: { width: 2, height: 2, channels: 3 as const } };
    await sharp(new Uint8Array(12), raw)
      .png()
      .toFile(join(folder, "images", name, "0.png"));
  }
  const header = "idx\tlabel\tpredict\tradius\tcorrect";
  await writeFile(join(folder, `${HOSTILE}.tsv`), `${header}\n0\t1\t1\t0.5\t1\n`);
  await writeFile(join(folder, "cell.tsv"), `${header}\n0\t1\t1\t${HOSTILE.replaceAll("\t", "")}\t1\n`);
  await writeFile(join(folder, "column.tsv"), `${header.replace("radius", HOSTILE)}\n`);
  await writeFile(join(folder, "bad.onnx"), HOSTILE.repeat(10));
  await writeFile(join(folder, "model.json"), JSON.stringify({ [HOSTILE]: 1 }));
});
afterAll(() => rm(folder, { recursive: true }));

describe("no control character reaches the terminal", () => {
  it.each([
    ["names of classes", ["data", "folder:@/images"]],
    ["names of classes in JSON", ["data", "folder:@/images", "--json"]],
    ["names of files", ["curve", `@/${HOSTILE}.tsv`, "--out", "@/curve.svg"]],
    ["names of files that are not there", ["curve", `@/${HOSTILE}.txt`]],
    ["names of files in what comes with --debug", ["curve", `@/${HOSTILE}.txt`, "--debug"]],
    ["cells of logs", ["curve", "@/cell.tsv"]],
    ["columns of logs", ["audit", "@/column.tsv"]],
    ["what ONNX Runtime says of a model", ["predict", "@/bad.onnx", "0", "--data", "mnist", "--sigma", "1"]],
    ["keys of a model.json", ["export", "@/model.json", "--out", "@/x.onnx"]],
    ["options that are none", ["data", `--${HOSTILE}`]],
    ["numbers that are none", ["certify", "run", "--sigma", HOSTILE]],
  ])("of %s", async (_, words) => {
    const { out, err } = await smoothcert(...words.map((word) => word.replace("@", folder)));
    expect(out + err).not.toMatch(CONTROLS);
    expect(out + err).not.toBe("");
  });

  it("and JSON still says what the names are", async () => {
    const { out } = await smoothcert("data", `folder:${join(folder, "images")}`, "--json");
    expect(JSON.parse(out).classes.map(({ name }: { name: string }) => name)).toContain(HOSTILE);
  });

  it("nor a figure, whose text is escaped for XML", async () => {
    const svg = join(folder, "title.svg");
    const title = `${HOSTILE}</title><script>alert(1)</script>&`;
    await smoothcert("curve", join(folder, `${HOSTILE}.tsv`), "--title", title, "--labels", title, "--out", svg);
    const text = await readFile(svg, "utf8");
    expect(text.trimEnd()).not.toMatch(CONTROLS);
    expect(text).not.toContain("<script");
    expect(text).toContain("\\x1b[31m");
  });
});
