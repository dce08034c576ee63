import { execFileSync } from "node:child_process";
import { cp, lstat, mkdir, readdir, readFile, readlink, stat, symlink } from "node:fs/promises";
import { readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, type Outcome, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
let digits: string;

/** Every option that names a file or folder to write, with what it takes to get that far. */
const OUTPUTS: [command: string, option: string, kind: "file" | "folder", ending: string][] = [
  ["certify run@ --data DIGITS --n 100 --n0 10", "--out", "file", ".tsv"],
  ["attack log.tsv@ --data DIGITS --images 1", "--out", "file", ".tsv"],
  ["attack log.tsv@ --data DIGITS --images 1", "--figure", "file", ".svg"],
  ["curve log.tsv@", "--out", "file", ".svg"],
  ["curve log.tsv@ --out curve.svg@", "--csv", "file", ".csv"],
  ["report log.tsv@", "--out", "file", ".html"],
  ["quantize run@ --data DIGITS --check 0", "--out", "file", ".onnx"],
  ["export run@", "--out", "file", ".onnx"],
  ["taylor run@ --data DIGITS --examples 1 --draws 2", "--out", "file", ".svg"],
  ["train --data DIGITS --model linear --epochs 1", "--out", "folder", ""],
  ["demo", "--out", "folder", ""],
];

function run(command: string, ...more: string[]): Promise<Outcome> {
  const line = command.replaceAll(/([\w.-]+)@/g, (_, name: string) => folder.at(name)).replace("DIGITS", digits);
  return smoothcert(...line.split(" "), ...more);
}

beforeAll(async () => {
  digits = await writeDigits(folder.path, 20);
  expect(await run("certify run@ --data DIGITS --n 100 --n0 10", "--out", folder.at("log.tsv"))).toMatchObject({
    code: 0,
  });
});

describe.each(OUTPUTS)("%s %s", (command, option, kind, ending) => {
  it("'' is a wrong argument", async () => {
    const message = `error: ${option} must be the name of a file or folder, got ""\n`;
    expect(await run(command, option, "")).toEqual({ code: 2, out: "", err: message });
  });

  it.skipIf(process.platform === "win32")("refuses a device and a pipe before it begins, in one line", async () => {
    const name = `${command.split(" ")[0]}${option}`;
    const [link, pipe] = [folder.at(`device${name}${ending}`), folder.at(`pipe${name}${ending}`)];
    await symlink("/dev/null", link);
    execFileSync("mkfifo", [pipe]);
    for (const path of [link, pipe]) {
      const { code, out, err } = await run(command, option, path);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^error: [^\n]+\n$/);
      expect(err).toContain(kind === "folder" ? `error: ${path}/` : `error: ${path}: is a `);
    }
    expect((await lstat(link)).isSymbolicLink() && (await stat(link)).isCharacterDevice()).toBe(true);
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it.runIf(kind === "file")("refuses a folder before it begins, and touches nothing in it", async () => {
    const path = folder.at(`folder${command.split(" ")[0]}${option}${ending}`);
    await mkdir(path);
    const { code, err } = await run(command, option, path);
    expect({ code, err }).toEqual({
      code: 1,
      err: `error: ${path}: is a folder, and only regular files are written. Name another file\n`,
    });
    expect(await readdir(path)).toEqual([]);
  });

  it.runIf(kind === "file")("leaves a file of another kind as it is", async () => {
    const path = folder.at("log.json");
    const before = await readFile(path);
    const { code, out, err } = await run(command, option, path);
    expect({ code: code! > 0, out }).toEqual({ code: true, out: "" });
    expect(err).toMatch(/^error: [^\n]+\n$/);
    expect(err).toContain(path);
    expect(await readFile(path)).toEqual(before);
  });
});

describe("a link", () => {
  it("to a log is followed, and its rows come to where it leads", async () => {
    await mkdir(folder.at("elsewhere"));
    await symlink("elsewhere/real.tsv", folder.at("linked.tsv"));
    const command = "certify run@ --data DIGITS --n 100 --n0 10";
    for (const max of ["--max 10", ""]) {
      expect(await run(`${command} ${max}`.trim(), "--out", folder.at("linked.tsv"))).toMatchObject({ code: 0 });
    }
    expect(await readlink(folder.at("linked.tsv"))).toBe("elsewhere/real.tsv");
    expect(await readdir(folder.at("elsewhere"))).toEqual(["real.tsv"]);
    expect((await readLog(folder.at("elsewhere/real.tsv"))).rows).toHaveLength(20);
  });

  it("to a figure is followed", async () => {
    await symlink("elsewhere.svg", folder.at("linked.svg"));
    expect(await run("curve log.tsv@", "--out", folder.at("linked.svg"))).toMatchObject({ code: 0 });
    expect(await readlink(folder.at("linked.svg"))).toBe("elsewhere.svg");
    expect(await readFile(folder.at("elsewhere.svg"), "utf8")).toContain("<svg");
  });

  it("back to what is read is refused", async () => {
    await cp(folder.at("run/model.onnx"), folder.at("model.onnx"));
    await symlink("model.onnx", folder.at("same.onnx"));
    const before = await readFile(folder.at("model.onnx"));
    const quantized = await run("quantize model.onnx@ --data DIGITS --sigma 0.25", "--out", folder.at("same.onnx"));
    expect(quantized).toMatchObject({
      code: 2,
      err: expect.stringContaining("--out must be another file name that ends in .onnx"),
    });
    expect(await readFile(folder.at("model.onnx"))).toEqual(before);
    await symlink("log.tsv", folder.at("same.tsv"));
    const attacked = await run("attack log.tsv@ --data DIGITS", "--out", folder.at("same.tsv"));
    expect(attacked).toMatchObject({ code: 2, err: expect.stringContaining("--out must be another file name") });
  });
});

describe("attack", () => {
  it("writes no header over a file that is something else", async () => {
    await cp(folder.at("run/model"), folder.at("tfjs"), { recursive: true });
    const before = await readFile(folder.at("tfjs/model.json"), "utf8");
    const command =
      "attack log.tsv@ --model run@ --data DIGITS --images 1 --gradient votes --copies 10 --steps 1 --votes 50";
    const { code, err } = await run(command, "--out", folder.at("tfjs/model.tsv"));
    expect(code).toBe(1);
    expect(err).toContain(
      `${folder.at("tfjs/model.json")}: expected the header of an attack, found something else. Choose another --out`,
    );
    expect(await readFile(folder.at("tfjs/model.json"), "utf8")).toBe(before);
    expect(await readdir(folder.at("tfjs"))).not.toContain("model.tsv.lock");
  });
});
