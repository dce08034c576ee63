import { basename } from "node:path";
import { shellWord } from "../src/index.js";
import { shellCommand } from "./print.js";

/** Scripts that run a certification as a job array: its shards as tasks, each again until it is done. */

/** What is run as an array. */
export interface ArrayJob {
  /** The words of the certification behind `smoothcert`, but for its shard. */
  readonly words: readonly string[];
  readonly shards: number;
  /** The log of all, and the pattern of the shards'. */
  readonly out: string;
  readonly pattern: string;
}

/** Seconds before the end of a task's time at which Slurm tells it to save. */
const NOTICE = 120;

/** A script for `sbatch`. A task that runs out of time saves its rows, is queued again, and goes on. */
export function sbatchScript({ words, shards, out, pattern }: ArrayJob): string {
  const task = `${shellCommand(["smoothcert", ...words, "--shard"])} "$SLURM_ARRAY_TASK_ID/${shards}"`;
  return `#!/bin/bash
# Submit it with: sbatch FILE
# Once all tasks are done: smoothcert merge ${pattern} --out ${shellWord(out)}
#SBATCH --job-name=smoothcert
#SBATCH --array=1-${shards}
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --output=%x-%A_%a.out
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@${NOTICE}

# The shell gets the signals, and hands them on. wait returns at each of them, so it is asked until the task has ended.
requeue=
trap 'requeue=yes; kill -USR1 "$task"' USR1
trap 'kill -TERM "$task"' TERM
${task} &
task=$!
while kill -0 "$task" 2>/dev/null; do wait "$task"; done
wait "$task"
code=$?

# 75: it was stopped with its rows saved. After SIGTERM alone it is for who sent that to queue it again.
if [ "$code" = 75 ] && [ -n "$requeue" ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`;
}

/** A manifest of a Kubernetes Indexed Job. What the user must fill in is in capitals. */
export function kubernetesManifest({ words, shards, out, pattern }: ArrayJob): string {
  const args = [...words, "--shard", String(shards)].map((word) => `            - ${JSON.stringify(word)}`);
  return `# Fill in IMAGE and CLAIM, then: kubectl apply -f FILE
# Once the job is complete: smoothcert merge ${pattern} --out ${shellWord(out)}
apiVersion: batch/v1
kind: Job
metadata:
  name: ${jobName(out)}
spec:
  completionMode: Indexed
  completions: ${shards}
  parallelism: ${shards}
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
      # Stopped with its rows saved, or by a disruption: runs again, however often.
      - action: Ignore
        onExitCodes: { operator: In, values: [75] }
      - action: Ignore
        onPodConditions: [{ type: DisruptionTarget, status: "True" }]
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: ${NOTICE}
      containers:
        - name: certify
          image: IMAGE
          workingDir: /work
          command: ["smoothcert"]
          args:
${args.join("\n")}
          volumeMounts:
            - { name: work, mountPath: /work }
      volumes:
        # Model, data and logs, on a volume that all nodes can write (ReadWriteMany).
        - name: work
          persistentVolumeClaim: { claimName: CLAIM }
`;
}

/** A name that Kubernetes takes: small letters, digits and dashes. */
function jobName(out: string): string {
  const stem = basename(out)
    .replace(/\.\w+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return `smoothcert-${stem.replace(/^-+|-+$/g, "")}`.slice(0, 50).replace(/-$/, "");
}
