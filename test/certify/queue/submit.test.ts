import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CertificationRun,
  type Claim,
  fileLogStore,
  type Job,
  type LogHeader,
  type PlannedRun,
  parseParts,
  planCertification,
  readHeader,
  readLog,
  type SubmissionHooks,
  type SubmissionOutcome,
  submit,
  type Transport,
  work,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { partLine, partsHeaderLine } from "../../../certify/parts/parts-text.js";
import { bare, HERE, smallCluster } from "../parts/cluster.js";
import { planOf, type QueueCase, TRANSPORTS } from "./transports.js";

const N = 2300;
const CASES: [name: string, settings: Partial<CertificationRun>, blocks: number | undefined][] = [
  ["whole images of a fixed number of samples", { n: N }, undefined],
  ["blocks of samples", { n: N }, 2],
  ["images that stop", { n: N, stop: { kind: "radii", radii: [0, 0.1, 0.2] }, interval: "union" }, undefined],
];

describe.each(Object.entries(TRANSPORTS))("a certification through a queue: %s", (_, { missing, make }) => {
  let of: QueueCase;
  let folder: string;
  beforeAll(async () => {
    if (missing === undefined) of = await make();
    folder = await mkdtemp(join(tmpdir(), "smoothcert-submit-"));
  });
  afterAll(async () => {
    await of?.remove();
    await rm(folder, { recursive: true });
  });

  let logs = 0;
  const newLog = (): string => join(folder, `${++logs}.tsv`);
  /** Workers of this run, on ends of their own. */
  const startWorkers = async (
    run: CertificationRun,
    count: number,
    open?: (worker: number) => Promise<PlannedRun>,
  ): Promise<() => Promise<number[]>> => {
    const stop = new AbortController();
    const ends = await Promise.all(Array.from({ length: count }, () => of.connect(5)));
    const opened = { run: planCertification(run).run, fingerprint: HERE };
    const working = ends.map((end, i) =>
      work(end, { worker: `w${i}`, open: () => open?.(i) ?? Promise.resolve(opened), signal: stop.signal, seconds: 5 }),
    );
    return async () => {
      stop.abort();
      const jobs = await Promise.all(working);
      await Promise.all(ends.map((end) => end.close()));
      return jobs;
    };
  };
  const submitted = async (
    transport: Transport,
    run: CertificationRun,
    header: LogHeader,
    path: string,
    blocksEach?: number,
    hooks: SubmissionHooks = {},
  ): Promise<SubmissionOutcome> => {
    const submission = {
      plan: planOf(header),
      indices: planCertification(run).indices,
      ...(blocksEach !== undefined && { blocksEach }),
      store: fileLogStore(path),
      partsPath: `${path}.parts`,
    };
    return submit(transport, submission, { pollMilliseconds: 10, ...hooks });
  };

  it.each(CASES)("of %s, by 1, 2, 3 and 8 workers, is the one-process log", async (_, settings, blocks) => {
    if (missing !== undefined) return;
    const { run, header, rows } = await smallCluster(settings);
    const transport = await of.connect(5);
    for (const workers of [1, 2, 3, 8]) {
      const stop = await startWorkers(run, workers);
      const path = newLog();
      const outcome = await submitted(transport, run, header, path, blocks);
      const done = await stop();
      expect(outcome).toEqual({ failures: [], duplicates: 0, functions: 1 });
      expect(done.reduce((a, b) => a + b)).toBe(blocks === undefined ? 12 : 24);
      expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
      expect(await readHeader(path)).toEqual(header);
      expect(existsSync(`${path}.parts`)).toBe(false);
      expect(await transport.status()).toEqual({ waiting: 0, active: 0, failed: 0, plans: [] });
    }
    await transport.close();
  });

  it("goes on where a submitter was stopped, with what came and with what came meanwhile", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const { run, header, rows } = await smallCluster({ n: N, seed: 11 });
    const [transport, path] = [await of.connect(5), newLog()];
    const stopWorkers = await startWorkers(run, 1);
    const controller = new AbortController();
    const progress: SubmissionHooks["progress"] = ({ done }) => done >= 3 && controller.abort(new Error("enough"));
    const first = submitted(transport, run, header, path, 1, { signal: controller.signal, progress });
    await expect(first).rejects.toThrow("enough");
    // A result that was written by a killed submitter in part only.
    await writeFile(`${path}.parts`, `${await readFile(`${path}.parts`, "utf8")}{"plan":"ab`);
    await submitted(transport, run, header, path, 1);
    await stopWorkers();
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
    await transport.close();
  });

  it("reports a job that fails three times with its error, and the rest goes on; later it is tried again", async ({
    skip,
  }) => {
    skip(missing !== undefined, missing);
    const { run, header, rows } = await smallCluster({ n: N, seed: 12 });
    const [transport, path] = [await of.connect(5), newLog()];
    const broken = planCertification(run).run;
    const example = (i: number) => {
      if (i === 4) throw new Error("no such image here");
      return run.dataset.example(i);
    };
    const dataset = { ...run.dataset, example, hash: () => run.dataset.hash() };
    const opened = { run: { ...broken, dataset }, fingerprint: HERE };
    const stopBroken = await startWorkers(run, 2, async () => opened as PlannedRun);
    const { failures } = await submitted(transport, run, header, path);
    await stopBroken();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^image 4: (w\d: no such image here(; )?){1,2}$/);
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows.slice(0, 2)));
    expect(parseParts(await readFile(`${path}.parts`, "utf8"), "parts").parts).toHaveLength(11);
    const stopWorkers = await startWorkers(run, 1);
    expect((await submitted(transport, run, header, path)).failures).toEqual([]);
    expect(await stopWorkers()).toEqual([1]);
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
    await transport.close();
  });

  it("never adds up blocks of different functions: an image that has some of both is done whole", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const { run, header, rows } = await smallCluster({ n: N, seed: 13 });
    const [transport, path] = [await of.connect(5), newLog()];
    const plan = planCertification(run).run;
    const there = { ...HERE, canary: "cd".repeat(32) };
    const stopWorkers = await startWorkers(run, 2, async (i) => ({ run: plan, fingerprint: i === 0 ? HERE : there }));
    const { failures, functions } = await submitted(transport, run, header, path, 1);
    await stopWorkers();
    expect(failures).toEqual([]);
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
    const computedBy = (await readHeader(path))?.computedBy ?? [];
    expect(computedBy).toHaveLength(functions > 1 ? functions : 0);
    await transport.close();
  });

  it("does so too where the one before was stopped with such blocks in the file of parts", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const { run, header, rows, parts } = await smallCluster({ n: N, seed: 15 });
    const [transport, path] = [await of.connect(5), newLog()];
    const [ours, theirs] = [await parts(1), await parts(1, { ...HERE, canary: "cd".repeat(32) })];
    const mixed = ours.map((part, i) => (i === 4 ? theirs[i] : part));
    await writeFile(`${path}.parts`, [partsHeaderLine(header), ...mixed.map(partLine)].join(""));
    const stopWorkers = await startWorkers(run, 1);
    expect((await submitted(transport, run, header, path, 1)).failures).toEqual([]);
    expect(await stopWorkers()).toEqual([1]);
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
    await transport.close();
  });

  it("takes no malformed or foreign job or result, says so, and ends right all the same", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const { run, header, rows, parts } = await smallCluster({ n: N, seed: 14 });
    const [transport, path] = [await of.connect(5), newLog()];
    const { id } = planOf(header);
    const [good] = await parts();
    const wrong = { ...good, counts: [`0:${N}`] };
    await transport.publish(planOf(header));
    const hostile = [
      { plan: id, unit: { idx: 0, path: "/etc/passwd" } },
      { plan: id, unit: { idx: -1 } },
    ];
    await transport.enqueue(hostile as never);
    for (const text of ["no JSON", '{"worker":"x"}', JSON.stringify({ worker: "forger", part: wrong })]) {
      await transport.enqueue([{ plan: id, unit: { idx: 999 } }]);
      const claims: Claim[] = [];
      while ((claims.at(-1)?.job as Job | undefined)?.unit.idx !== 999)
        claims.push((await transport.take("t")) as Claim);
      await (claims.pop() as Claim).complete(id, text);
      for (const claim of claims) await claim.release();
    }
    const problems: string[] = [];
    const stopWorkers = await startWorkers(run, 1);
    const problem = (text: string): unknown => problems.push(text);
    const { failures } = await submitted(transport, run, header, path, undefined, { problem: problem as () => void });
    await stopWorkers();
    expect(failures).toEqual([]);
    expect(bare((await readLog(path)).rows)).toEqual(bare(rows));
    expect(problems.some((text) => text.startsWith("a result of forger: image 0: its checksum isn't"))).toBe(true);
    expect(problems.some((text) => text.startsWith("malformed result: part"))).toBe(true);
    await transport.close();
  });
});
