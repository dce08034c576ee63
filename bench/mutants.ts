import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { GROUPS, type Mutant } from "./mutant-list.js";

/**
 * Do the tests notice wrong certificates? Applies each mutant to a copy of the project and runs tests on it: they must
 * fail. After `npm run build`: node dist/bench/mutants.js [test file ...]. Without arguments, those that each mutant
 * names. Ends with 1 if a mutant survives.
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COPIED = ["src", "train", "certify", "cli", "test", "package.json", "tsconfig.json", "vitest.config.ts"];
interface Failure {
  readonly file: string;
  readonly test: string;
}

/** The first failing test, or undefined if all pass. */
async function firstFailure(folder: string, tests: readonly string[]): Promise<Failure | undefined> {
  const report = join(folder, "report.json");
  await rm(report, { force: true });
  const output = await run(folder, ["run", "--bail", "1", "--reporter=json", `--outputFile=${report}`, ...tests]);
  const { testResults } = JSON.parse(await readReport(report, output)) as {
    testResults: { name: string; message: string; assertionResults: { status: string; fullName: string }[] }[];
  };
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return { file: relative(folder, name), test: failed.fullName };
    // A file that does not even load says nothing about what its tests notice.
    if (message !== "" && assertionResults.length === 0) throw new Error(`${name} does not run: ${message}`);
  }
  return undefined;
}

function run(folder: string, args: readonly string[]): Promise<string> {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [vitest, ...args],
      { cwd: folder, maxBuffer: 2 ** 28, env: { ...process.env, EFFORT: "1" } },
      (_, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}

async function readReport(path: string, output: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new Error(`vitest wrote no report:\n${output}`);
  }
}

async function applied<T>(folder: string, { name, file, from, to }: Mutant, task: () => Promise<T>): Promise<T> {
  const path = join(folder, file);
  const source = await readFile(path, "utf8");
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(
      `${name}: expected once in ${file}, found ${parts.length - 1} times: ${from}. ` +
        "Bring bench/mutant-list.ts up to date",
    );
  }
  await writeFile(path, parts.join(to));
  try {
    return await task();
  } finally {
    await writeFile(path, source);
  }
}

async function main(given: readonly string[]): Promise<void> {
  const groups = given.length === 0 ? GROUPS : GROUPS.map(({ mutants }) => ({ mutants, tests: given }));
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-mutants-"));
  try {
    for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const broken = await firstFailure(folder, [...new Set(groups.flatMap(({ tests }) => tests))]);
    if (broken !== undefined) throw new Error(`without a mutant, too, a test fails: ${broken.test} (${broken.file})`);
    console.log("| mutant | noticed by | seconds |\n| --- | --- | --- |");
    const noticed: boolean[] = [];
    for (const { mutants, tests } of groups) {
      for (const mutant of mutants) noticed.push(await isNoticed(folder, mutant, tests));
    }
    console.log(`\n${noticed.filter((each) => each).length} of ${noticed.length} mutants are noticed`);
    process.exitCode = noticed.includes(false) ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints the mutant's line of a Markdown table. */
async function isNoticed(folder: string, mutant: Mutant, tests: readonly string[]): Promise<boolean> {
  const start = performance.now();
  const failure = await applied(folder, mutant, () => firstFailure(folder, tests));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const by = failure === undefined ? "**nothing**" : `\`${failure.file}\`: ${failure.test}`;
  console.log(`| ${mutant.name} | ${by} | ${seconds} |`);
  return failure !== undefined;
}

await main(process.argv.slice(2));
