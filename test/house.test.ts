import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";

const ROOT = new URL("../", import.meta.url);
const COLUMNS = 120;
const LINES = 250;

const TEXT = /\.(ts|mjs|md|cc|h|py|sh)$/;
/** Fixtures, and what programs write. */
const EXCEPTED = /^test\/fixtures\/|^src\/noise\/kernel-bytes\.ts$/;
const SOURCE = /^(src|train|certify|cli|web|assembly|native)\//;
/** A line that is one URL, in a comment or not, can't be broken. */
const URL_ALONE = /^[\s/*#<]*https?:\/\/\S+$/;

/** The lines of each text that git knows, by its path. */
function texts({ skip }: TestContext): [string, string[]][] {
  skip(!existsSync(new URL(".git", ROOT)), "without .git nothing says which files are the project's");
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: fileURLToPath(ROOT), encoding: "utf8" }).split("\0");
  const paths = tracked.filter((path) => TEXT.test(path) && !EXCEPTED.test(path) && existsSync(new URL(path, ROOT)));
  return paths.map((path) => [path, readFileSync(new URL(path, ROOT), "utf8").replace(/\n$/, "").split("\n")]);
}

describe("the project's text", () => {
  it(`has lines of at most ${COLUMNS} columns`, (context) => {
    const long = texts(context).flatMap(([path, lines]) =>
      lines.flatMap((line, i) =>
        line.length > COLUMNS && !URL_ALONE.test(line) ? `${path}:${i + 1} has ${line.length} columns` : [],
      ),
    );
    expect(long).toEqual([]);
  });

  it(`has source files of at most ${LINES} lines`, (context) => {
    const long = texts(context).flatMap(([path, { length }]) =>
      SOURCE.test(path) && length > LINES ? `${path} has ${length} lines` : [],
    );
    expect(long).toEqual([]);
  });
});
