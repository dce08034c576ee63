import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename } from "node:path";
import { z } from "zod";
import { withoutPassword } from "../text/password.js";

/** What a lock records of the process that holds it. Fields that a system doesn't tell are missing. */
export const lockOwner = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Tells machines of the same name apart. */
  machine: z.string().optional(),
  /** Of the system's start: numbers of processes are given anew after it. */
  boot: z.string().optional(),
  /** The namespace in which the number counts: containers may share the name of their host. */
  namespace: z.string().optional(),
  /** When the process was started, in ticks since the system's start: numbers are used again. */
  start: z.string().optional(),
  /** The task of a scheduler, which runs it once at a time, and runs it again elsewhere when it has ended. */
  task: z.string().optional(),
  /** Script and arguments. */
  command: z.string(),
  /** When the lock was taken, ISO 8601. */
  since: z.string(),
});

export type LockOwner = z.infer<typeof lockOwner>;

/** This process, as the owner of a lock from now on. */
export function thisProcess(): LockOwner {
  const [script = "node", ...words] = process.argv.slice(1);
  return {
    pid: process.pid,
    host: hostname(),
    machine: told(machineHash),
    boot: told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: told(() => readlinkSync("/proc/self/ns/pid")),
    start: statusOf(process.pid)?.start,
    task: schedulerTask(process.env),
    command: withoutPassword([basename(script), ...words].join(" ")),
    since: new Date().toISOString(),
  };
}

/** Names what this process is of a job array: the same if it was run before, and queued again. */
export function schedulerTask(env: NodeJS.ProcessEnv): string | undefined {
  const { SLURM_JOB_ID, SLURM_CLUSTER_NAME = "", SLURM_PROCID = "", AWS_BATCH_JOB_ID, JOB_COMPLETION_INDEX } = env;
  if (SLURM_JOB_ID !== undefined) return `slurm ${SLURM_CLUSTER_NAME} ${SLURM_JOB_ID} ${SLURM_PROCID}`;
  if (AWS_BATCH_JOB_ID !== undefined) return `aws ${AWS_BATCH_JOB_ID}`;
  // A pod is called by its job, its index, and five letters of its own.
  if (JOB_COMPLETION_INDEX !== undefined) return `kubernetes ${hostname().replace(/-[a-z0-9]{5}$/, "")}`;
  return undefined;
}

/** The machine's own number is nobody else's business. */
function machineHash(): string {
  return createHash("sha256")
    .update(`smoothcert ${readFileSync("/etc/machine-id", "utf8")}`)
    .digest("hex")
    .slice(0, 16);
}

/** Whether an owner still runs: `unknown` where this process can't see it. */
export function lifeOf({ pid, host, machine, boot, namespace, start, task }: LockOwner): "alive" | "dead" | "unknown" {
  const here = thisProcess();
  // Of what runs where this process can't see it, only that it was this very task is known to have ended.
  const elsewhere = task !== undefined && task === here.task ? "dead" : "unknown";
  if (host !== here.host || machine !== here.machine) return elsewhere;
  // The same machine, started again; but without a number it may be another one of that name.
  if (boot !== here.boot) return machine === undefined ? elsewhere : "dead";
  if (namespace !== here.namespace) return elsewhere;
  if (!isThere(pid)) return "dead";
  const status = statusOf(pid);
  if (status === undefined || start === undefined) return "alive";
  return status.ended || status.start !== start ? "dead" : "alive";
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** What Linux says of a process: the fields of /proc/PID/stat behind its name, which may hold anything. */
function statusOf(pid: number): { readonly ended: boolean; readonly start: string } | undefined {
  return told(() => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Fields 3 and 22: a zombie (Z) has ended, though nobody has asked yet how.
    return { ended: /[ZX]/.test(fields[0]), start: fields[19] };
  });
}

function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
