import { execFile, execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { folderWithRun, writeDigits } from "../cli/support.js";

const EXERCISE = fileURLToPath(new URL("../../bench/slurm/exercise.sh", import.meta.url));
const folder = folderWithRun();

/** Why a Slurm cluster can't be started here; undefined where it can. */
function slurmMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "a cluster of one node is started as root";
  const missing = ["sbatch", "slurmctld", "slurmd", "munged"].filter((program) => {
    try {
      execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : `${missing.join(", ")} not installed (Debian: slurm-wlm, munge)`;
}

describe("a job array on a Slurm cluster of one node", () => {
  it("with a task stopped and one killed, both queued again, gives the log of one process", async ({ skip }) => {
    const missing = slurmMissing();
    skip(missing !== undefined, missing);
    const digits = await writeDigits(folder.path, 30);
    await mkdir(folder.at("slurm"));
    const { stdout } = await promisify(execFile)("bash", [EXERCISE, folder.at("slurm"), folder.run, digits, "10000"]);
    expect(stdout).toContain(
      "task 1: COMPLETED, restarts 1\ntask 2: COMPLETED, restarts 1\ntask 3: COMPLETED, restarts 0",
    );
    expect(stdout).toContain(
      "30 images from 3 parts, none of them twice: array.tsv\nequal to the log of one process\n",
    );
  }, 600_000);
});
