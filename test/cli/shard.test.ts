import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { type LogRow, readHeader, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { kubernetesManifest, sbatchScript } from "../../cli/job-scripts.js";
import { askedShard, shardLog, shardOf } from "../../cli/shard.js";
import { lifeOf, schedulerTask, thisProcess } from "../../src/files/lock-owner.js";
import { folderWithRun, smoothcert, start, writeDigits } from "./support.js";

const folder = folderWithRun();
const COUNT = 20;
let digits: string;
let words: string[];

beforeAll(async () => {
  digits = await writeDigits(folder.path, COUNT);
  words = ["certify", folder.run, "--data", digits, "--n", "100", "--out", folder.at("all.tsv")];
});

async function rowsOf(log: string): Promise<LogRow[]> {
  return (await readLog(log)).rows.map(({ time: _, check: __, ...row }) => row);
}

describe("--shard", () => {
  it("is read from the command line, or from the job array where that tells it", () => {
    const slurm = (id: number, first: number, last: number, count = last - first + 1): NodeJS.ProcessEnv => ({
      SLURM_ARRAY_TASK_ID: String(id),
      SLURM_ARRAY_TASK_MIN: String(first),
      SLURM_ARRAY_TASK_MAX: String(last),
      SLURM_ARRAY_TASK_COUNT: String(count),
    });
    const cases: [string | undefined, NodeJS.ProcessEnv, string][] = [
      ["3/7", {}, "3/7"],
      ["3/7", slurm(1, 1, 7), "3/7"],
      [undefined, slurm(2, 1, 7), "2/7"],
      ["7", slurm(3, 3, 20, 5), "3/7"],
      ["7", { JOB_COMPLETION_INDEX: "0" }, "1/7"],
      ["7", { JOB_COMPLETION_INDEX: "6" }, "7/7"],
      [undefined, { AWS_BATCH_JOB_ARRAY_INDEX: "4", AWS_BATCH_JOB_ARRAY_SIZE: "5" }, "5/5"],
      [undefined, {}, "--shard must be given as I/N outside of a job array"],
      ["7", {}, "--shard must be given as I/N outside of a job array"],
      [undefined, slurm(3, 3, 20, 5), "--shard must say how many shards there are, such as --shard 7: tasks 3 to 20"],
      [undefined, slurm(0, 0, 6), "--shard: number the tasks of the array from 1"],
      ["7", slurm(8, 1, 9), "--shard 7: SLURM_ARRAY_TASK_ID is 8, beyond 7 tasks"],
      [undefined, { JOB_COMPLETION_INDEX: "0" }, "such as --shard 7: JOB_COMPLETION_INDEX doesn't"],
      ["7", { JOB_COMPLETION_INDEX: "7" }, "--shard 7: JOB_COMPLETION_INDEX is 7, beyond 7 tasks"],
    ];
    for (const [given, env, expected] of cases) {
      const shard = () => shardOf(given === undefined ? {} : askedShard(given), env);
      if (/^\d/.test(expected)) expect(`${shard().index}/${shard().count}`).toBe(expected);
      else expect(shard).toThrow(expected);
    }
  });

  it.each(["0/7", "8/7", "1/0", "0", "-1/7", "1/2/3", "runs/maxup", "1.5"])("refuses %s", (text) => {
    expect(() => askedShard(text)).toThrow("--shard must be I/N with 1 <= I <= N, such as 3/7, or N where");
  });

  it("puts the shard into the log's name", () => {
    expect(shardLog("a.b/certify.tsv", { index: 3, count: 7 })).toBe("a.b/certify.3of7.tsv");
    expect(shardLog("a.b/certify", { index: 3, count: 7 })).toBe("a.b/certify.3of7");
  });
});

describe("shards of a certification", () => {
  it("are put together by merge into the log of one process; what is missing has exit code 3", async () => {
    expect((await smoothcert(...words)).code).toBe(0);
    const [whole, header] = [await rowsOf(folder.at("all.tsv")), await readHeader(folder.at("all.tsv"))];
    for (const shard of ["3/3", "1/3"]) {
      const { code, out } = await smoothcert(...words, "--shard", shard);
      expect([code, out]).toEqual([0, expect.stringContaining("once all are there: smoothcert merge")]);
    }
    const logs = ["3", "1"].map((i) => folder.at(`all.${i}of3.tsv`));
    const early = await smoothcert("merge", ...logs, "--out", folder.at("merged.tsv"));
    expect(early).toMatchObject({ code: 3, out: "" });
    expect(early.err).toContain("7 images of 20 of digits missing: 1,4,7,10,13,16,19. They fall to shards 2 of 3; ");
    expect(early.err).toContain("sbatch --array=2 FILE. Nothing was written");
    await smoothcert(...words, "--shard", "2/3");
    logs.push(folder.at("all.2of3.tsv"), folder.at("all.tsv"));
    const merge = ["merge", ...logs, "--out", folder.at("merged.tsv")];
    const merged = await smoothcert(...merge);
    const told = `20 images from 4 parts, 20 of them more than once, and all agree: ${folder.at("merged.tsv")}\n`;
    expect(merged).toMatchObject({ code: 0, out: told });
    expect(await rowsOf(folder.at("merged.tsv"))).toEqual(whole);
    expect(await readHeader(folder.at("merged.tsv"))).toEqual(header);
    expect((await smoothcert("audit", folder.at("merged.tsv"))).code).toBe(0);
    const again = JSON.parse((await smoothcert(...merge, "--json")).out);
    expect(again).toEqual({ log: folder.at("merged.tsv"), parts: 5, images: 20, duplicates: 40, functions: 1 });
    // The seconds of the first row, in its sixth cell.
    const text = await readFile(logs[0], "utf8");
    await writeFile(
      logs[0],
      text.replace(/^((?:[^\t\n]+\t){5})[\d.e-]+(?=\t\d)/m, (_, before: string) => `${before}99`),
    );
    const forged = await smoothcert(...merge);
    expect(forged.code).toBe(1);
    expect(forged.err).toContain(
      `error: ${logs[0]}: was changed after it was written, and is refused: image 2, check: `,
    );
  });

  it("that a scheduler stops keep their rows, end with 75, and go on when they are run again", async () => {
    const long = [
      "certify",
      folder.run,
      "--data",
      digits,
      "--n",
      "40000",
      "--shard",
      "1/2",
      "--out",
      folder.at("l.tsv"),
    ];
    const { child, outcome } = start(...long);
    const lines = async () => (await readFile(folder.at("l.1of2.tsv"), "utf8").catch(() => "")).split("\n").length;
    await vi.waitUntil(async () => (await lines()) > 2, { timeout: 100_000, interval: 10 });
    child.kill("SIGUSR1");
    const { code, err } = await outcome;
    expect(code).toBe(75);
    expect(err).toContain("Stopping after this step, since SIGUSR1 says so.");
    const kept = (await lines()) - 2;
    expect(err).toContain(
      `stopped with ${kept} more image${kept === 1 ? "" : "s"} certified. Resume with: smoothcert certify`,
    );
    const { err: later } = await smoothcert(...long);
    expect(later).toContain(`  ${kept} of them are in ${folder.at("l.1of2.tsv")} already`);
    expect((await rowsOf(folder.at("l.1of2.tsv"))).map(({ idx }) => idx)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  }, 180_000);
});

describe("job scripts", () => {
  const job = {
    words: ["certify", "it's mine.onnx"],
    shards: 7,
    out: "a b.tsv",
    pattern: "'a b'.*of7.tsv",
  };

  it("for Slurm are shell scripts that run each shard, and queue it again after 75", () => {
    const script = sbatchScript(job);
    execFileSync("bash", ["-n"], { input: script });
    expect(script).toContain("#SBATCH --array=1-7\n");
    const ids = "export SLURM_ARRAY_JOB_ID=9 SLURM_ARRAY_TASK_ID=3\n";
    // Asks to be stopped until the shell says so, as Slurm does once.
    const stopped = 'smoothcert() { echo "$@"; trap "exit 75" USR1; while :; do kill -USR1 $$; sleep 0.05; done; }\n';
    const fakes = `${ids}${stopped}scontrol() { echo "$@"; }\n`;
    const run = (input: string): string => {
      try {
        return execFileSync("bash", ["-c", input], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      } catch (error) {
        const { stdout, status } = error as { stdout: string; status: number };
        return `${stdout}${status}`;
      }
    };
    expect(run(fakes + script)).toBe("certify it's mine.onnx --shard 3/7\nrequeue 9_3\n75");
    const failing = "smoothcert() { return 1; }; scontrol() { echo no; }\n";
    expect(run(failing + script)).toBe("1");
  });

  it("for Kubernetes name each shard by its index", () => {
    const manifest = kubernetesManifest(job);
    expect(manifest).toContain("completionMode: Indexed\n  completions: 7\n");
    expect(manifest).toContain('- "it\'s mine.onnx"\n            - "--shard"\n            - "7"\n');
    expect(manifest).toContain("name: smoothcert-a-b\n");
    // A container runs its command with the args behind it.
    const container = manifest.slice(manifest.indexOf("command:"), manifest.indexOf("volumeMounts:"));
    expect(container.match(/"[^"]+"/g)).toEqual([
      ...['"smoothcert"', '"certify"', '"it\'s mine.onnx"', '"--shard"', '"7"'],
    ]);
  });

  it("are written by certify --write-sbatch, which needs the number of shards", async () => {
    const refused = await smoothcert(...words, "--shard", "1/3", "--write-sbatch", folder.at("job.sh"));
    expect(refused).toMatchObject({ code: 2, err: "error: --write-sbatch needs the number of shards: --shard N\n" });
    const { code, out } = await smoothcert(...words, "--shard", "3", "--write-sbatch", folder.at("job.sh"));
    expect([code, out]).toEqual([0, expect.stringContaining("an array of 3 tasks")]);
    const again = await smoothcert(...words, "--shard", "3", "--write-sbatch", folder.at("job.sh"));
    const message = `error: ${folder.at("job.sh")}: exists already. Name another file, or remove it\n`;
    expect(again).toEqual({ code: 1, out: "", err: message });
  });
});

describe("the lock of a task that is queued again elsewhere", () => {
  it("is its own; another task's isn't, nor is that of a process beside it", () => {
    const env = { SLURM_JOB_ID: "12", SLURM_PROCID: "0" };
    const elsewhere = { ...thisProcess(), host: "elsewhere", task: schedulerTask(env) };
    vi.stubEnv("SLURM_JOB_ID", "12");
    vi.stubEnv("SLURM_PROCID", "0");
    expect(lifeOf(elsewhere)).toBe("dead");
    expect(lifeOf(thisProcess())).toBe("alive");
    vi.stubEnv("SLURM_PROCID", "1");
    expect(lifeOf(elsewhere)).toBe("unknown");
    vi.unstubAllEnvs();
    expect(lifeOf(elsewhere)).toBe("unknown");
    expect(lifeOf({ ...elsewhere, task: undefined })).toBe("unknown");
  });

  it("is told by any scheduler in the same words before and after", () => {
    fc.assert(
      fc.property(fc.nat(), (id) => {
        expect(schedulerTask({ AWS_BATCH_JOB_ID: `job:${id}` })).toBe(`aws job:${id}`);
        expect(schedulerTask({ SLURM_JOB_ID: String(id) })).toBe(schedulerTask({ SLURM_JOB_ID: String(id) }));
      }),
      { numRuns: 5 },
    );
    expect(schedulerTask({})).toBeUndefined();
  });
});
