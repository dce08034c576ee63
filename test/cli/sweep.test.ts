import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CounterRandom, STREAM, takeLock } from "smoothcert";
import {
  averageCertifiedRadius,
  type Claim,
  certifiedCount,
  folderTransport,
  type Job,
  readHeader,
  readLog,
} from "smoothcert/certify";
import { completeRunSettings, readConfig } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweepModels } from "../../cli/sweep-grid.js";
import { repetitions } from "../laws/effort.js";
import { runSeed } from "../laws/seed.js";
import { type Outcome, PROGRAM, smoothcert, start, writeDigits } from "./support.js";

let folder: string;
let settings: object;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-sweep-"));
  settings = { data: await writeDigits(folder, 200), model: "linear", epochs: 3, batch: 16, warmup: 0, lr: 0.02 };
});
afterAll(() => rm(folder, { recursive: true }));

const GRID = { objective: ["gaussian", "maxup"], sigma: [0.25, 0.5], copies: [2] };
const NAMES = ["gaussian_sigma0.25", "gaussian_sigma0.5", "maxup_sigma0.25_copies2", "maxup_sigma0.5_copies2"];
const CERTIFY = { n: 400, n0: 20, skip: 5, stop: "radii:0,0.25,0.6,0.8" };

/** Writes the file of a sweep, and gives the words that run it. */
async function sweepOf(name: string, value: object): Promise<string[]> {
  await writeFile(at(`${name}.json`), JSON.stringify({ settings, certify: CERTIFY, ...value }));
  return ["sweep", at(`${name}.json`), "--out", at(name), "--engine", "wasm"];
}

/** The cells of a summary, line by line. */
function summaryOf(name: string): Record<string, string>[] {
  const [columns, ...rows] = readFileSync(at(name, "summary.tsv"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? ""])));
}

/** The summary but for what differs from run to run: times. */
function timeless(name: string): Record<string, string>[] {
  return summaryOf(name).map((row) => ({ ...row, seconds: "" }));
}

describe("smoothcert sweep", () => {
  let first: Outcome;
  beforeAll(async () => {
    first = await smoothcert(...(await sweepOf("plain", { grid: GRID })));
  });

  it("trains each model by its settings, certifies it at its sigma, and says which of how many it is at", async () => {
    expect(first).toMatchObject({ code: 0 });
    for (const [i, name] of NAMES.entries()) {
      expect(first.err).toContain(`[${i + 1}/4] ${name}\n`);
      const { sigma, objective } = (await readConfig(at("plain", name, "config.json"))).settings;
      expect(name).toContain(`${objective.name}_sigma${sigma}`);
      const header = await readHeader(at("plain", name, "certify.tsv"));
      expect(header).toMatchObject({ sigma, n: 400, n0: 20, skip: 5, model: { name, trainingSigma: sigma } });
      // 400 equal votes certify less than 0.6 at sigma 0.25.
      const radii = sigma === 0.25 ? [0, 0.25] : [0, 0.25, 0.6, 0.8];
      expect(header?.stop).toEqual({ kind: "radii", radii });
    }
  });

  it("sums up what the logs say", async () => {
    const rows = summaryOf("plain");
    const columns =
      "name objective sigma copies points clean r0.25 r0.6 r0.8 undecided acr epochs seconds hash problem";
    expect(Object.keys(rows[0])).toEqual(columns.split(" "));
    expect(rows.map(({ name }) => name)).toEqual(NAMES);
    for (const row of rows) {
      const log = at("plain", row.name, "certify.tsv");
      const [logged, header] = [(await readLog(log)).rows, await readHeader(log)];
      for (const [column, radius] of [
        ["clean", 0],
        ["r0.25", 0.25],
        ["r0.6", 0.6],
        ["r0.8", 0.8],
      ] as const)
        expect(Number(row[column])).toBe(certifiedCount(logged, radius) / 40);
      expect(row).toMatchObject({ points: "40", epochs: "3", acr: "", problem: "", hash: header?.model.hash });
      expect(Number(row.seconds)).toBeGreaterThanOrEqual(0);
    }
    expect(Number(rows[0].clean)).toBeGreaterThan(0.5);
    expect(first.out).toMatch(/^name +objective +sigma +copies +points +clean/);
  });

  it("certifies at the sigma that is asked for, whatever that of training", async () => {
    const words = await sweepOf("wide", { grid: { sigma: [0.5] }, certify: { ...CERTIFY, sigma: 0.25, max: 50 } });
    expect(await smoothcert(...words)).toMatchObject({ code: 0 });
    const header = await readHeader(at("wide", "sigma0.5", "certify.tsv"));
    expect(header).toMatchObject({ sigma: 0.25, model: { trainingSigma: 0.5 }, stop: { radii: [0, 0.25] } });
    expect((await smoothcert(...words)).err).toContain("trained and certified already");
  });

  it("certifies by the provider that is asked for, and takes what is whole as it is", async () => {
    const words = await sweepOf("wasm", { grid: { sigma: [0.25] } });
    expect(await smoothcert(...words, "--provider", "wasm")).toMatchObject({ code: 0 });
    const [name] = readdirSync(at("wasm")).filter((each) => each.startsWith("sigma"));
    const log = at("wasm", name, "certify.tsv");
    expect((await readHeader(log))?.model.runtime).toMatch(/^onnxruntime-web .* \(wasm\)$/);
    const before = readFileSync(log, "utf8");
    await writeFile(log, before.split("\n").slice(0, 20).join("\n"));
    expect(await smoothcert(...words, "--provider", "cpu")).toMatchObject({ code: 0 });
    const untimed = (text: string): string[] => text.split("\n").map((row) => row.split("\t").slice(0, 5).join());
    expect(untimed(readFileSync(log, "utf8"))).toEqual(untimed(before));
    expect((await readHeader(log))?.model.runtime).toMatch(/\(wasm\)$/);
    expect((await smoothcert(...words)).err).toContain("trained and certified already");
  });

  it("given again does nothing twice, and lists what there is with --dry-run", async () => {
    const words = await sweepOf("plain", { grid: GRID });
    const before = readFileSync(at("plain", "summary.tsv"), "utf8");
    const { code, out, err } = await smoothcert(...words, "--json");
    expect(code).toBe(0);
    expect(err.match(/trained and certified already/g)).toHaveLength(4);
    expect(err).not.toContain("Training");
    expect(readFileSync(at("plain", "summary.tsv"), "utf8")).toBe(before);
    expect(JSON.parse(out)[2]).toMatchObject({ name: NAMES[2], objective: "maxup", sigma: 0.25, copies: 2, epochs: 3 });
    const more = await sweepOf("plain", { grid: { ...GRID, sigma: [0.25, 1] } });
    const listed = await smoothcert(...more, "--dry-run");
    expect(listed.out).toMatch(/^gaussian_sigma0\.25 +certified\ngaussian_sigma1 +not begun\n/);
    expect(readdirSync(at("plain")).sort()).toEqual([...NAMES, "summary.tsv"].sort());
  });

  it("needs no weights where a log is whole, but where the log is to grow", async () => {
    const words = await sweepOf("kept", { grid: { sigma: [0.5] }, certify: { ...CERTIFY, max: 50 } });
    await smoothcert(...words);
    const run = at("kept", "sigma0.5");
    const before = summaryOf("kept");
    for (const name of ["checkpoint", "model", "model.onnx"]) await rm(join(run, name), { recursive: true });
    expect(await smoothcert(...words)).toMatchObject({ code: 0, err: expect.stringContaining("certified already") });
    expect(summaryOf("kept")).toEqual(before);
    await smoothcert(...(await sweepOf("kept", { grid: { sigma: [0.5] } })));
    expect(Number(summaryOf("kept")[0].points)).toBe(4 * Number(before[0].points));
  });

  it("goes on where a log was cut off before its first row, or in one", async () => {
    const words = await sweepOf("cut", { grid: GRID });
    await smoothcert(...words);
    const before = timeless("cut");
    for (const [i, rows] of [0, 2].entries()) {
      const log = at("cut", NAMES[i], "certify.tsv");
      const lines = readFileSync(log, "utf8").split("\n");
      await writeFile(log, `${lines.slice(0, rows + 1).join("\n")}\n${lines[rows + 1].slice(0, 3 * rows)}`);
    }
    expect(await smoothcert(...words)).toMatchObject({ code: 0 });
    expect(timeless("cut")).toEqual(before);
  });

  it("records a model that diverges, goes on with the others, and doesn't try it again; exit code 1", async () => {
    const certify = { n: 100, n0: 10, skip: 50 };
    const words = await sweepOf("diverging", { grid: { lr: [1e20, 0.02] }, certify });
    const { code, err } = await smoothcert(...words);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/error: sweep: 1 model of 2 failed: lr100000000000000000000\n$/),
    });
    const [diverged, good] = summaryOf("diverging");
    expect(diverged).toMatchObject({
      clean: "",
      hash: "",
      problem: expect.stringMatching(/^(the loss|a value) .*\)$/),
    });
    const { rows } = await readLog(at("diverging", good.name, "certify.tsv"));
    expect(good).toMatchObject({ points: "4", undecided: "", problem: "" });
    expect(Number(good.acr)).toBeCloseTo(averageCertifiedRadius(rows), 3);
    const before = readFileSync(at("diverging", "summary.tsv"), "utf8");
    const again = await smoothcert(...words);
    expect(again).toMatchObject({ code: 1, err: expect.not.stringContaining("Training") });
    expect(readFileSync(at("diverging", "summary.tsv"), "utf8")).toBe(before);
  });

  it("refuses models whose folder was trained otherwise, and goes on", async () => {
    const words = await sweepOf("plain", { settings: { ...settings, lr: 0.03 }, grid: { ...GRID, sigma: [0.25] } });
    const before = summaryOf("plain");
    const { code, err } = await smoothcert(...words);
    expect(code).toBe(1);
    expect(err).toContain(`${NAMES[0]} failed: train: lr must be 0.02, with which the run was started, got 0.03`);
    expect(await smoothcert(...(await sweepOf("plain", { grid: GRID })))).toMatchObject({ code: 0 });
    expect(summaryOf("plain")).toEqual(before);
  });

  it("refuses a folder that another process writes, and a summary that is none", async () => {
    const words = await sweepOf("taken", { grid: GRID });
    const lock = takeLock(at("taken", "lock"), at("taken"));
    const { code, err } = await smoothcert(...words);
    lock.release();
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("is being written by process") });
    await mkdir(at("taken"), { recursive: true });
    await writeFile(at("taken", "summary.tsv"), "mine\n");
    expect((await smoothcert(...words)).err).toContain("expected the summary of a sweep, found something else");
    expect(readFileSync(at("taken", "summary.tsv"), "utf8")).toBe("mine\n");
  });

  it.each([
    [{ grid: {} }, "grid: at least one setting with a list of its values"],
    [{ grid: { sgma: [1] } }, 'grid must be lists for settings of a run or options of a method, got "sgma"'],
    [{ grid: { sigma: 0.5 } }, "grid.sigma: Invalid input: expected array, received number, got 0.5"],
    [{ grid: { sigma: ["a"] } }, 'grid.sigma: Invalid input: expected number, received string, got "a"'],
    [{ grid: { sigma: [-1] } }, "model sigma-1: train: sigma must be finite and at least 0, got -1"],
    [{ grid: { objective: ["max"] } }, /grid: objective must be one of .*, got "max"/],
    [
      { grid: { objective: ["gaussian"], copies: [2] } },
      "grid.copies must be an option of one of the methods, got [2]",
    ],
    [{ grid: GRID, certify: { n: 10 } }, "model gaussian_sigma0.25: certify: n must be at least 11 for alpha = 0.001"],
    [{ grid: GRID, certify: { sigma: 0 } }, "certify.sigma: Too small: expected number to be >0, got 0"],
    [{ grid: GRID, certify: { alpha: 2 } }, "certify.alpha: Too big: expected number to be <=0.5, got 2"],
    [{ grid: GRID, certify: { patience: 2 } }, /certify\.patience: .*there is none with --stop fixed/],
    [{ grid: GRID, certify: { stop: "radi" } }, /certify\.stop: must be fixed, .*, got "radi"/],
    [{ grid: GRID, certify: { stop: "radii:3" } }, /model gaussian_sigma0\.25: certify: stop\.radii must be at most/],
    [{ grid: GRID, certify: { skp: 1 } }, 'certify: Unrecognized key: "skp"'],
    [{ grid: { sigma: [0] } }, "model sigma0: smoothing: sigma must be finite and greater than 0, got 0"],
  ])("refuses %j before anything is trained, naming what is wrong", async (value, message) => {
    const { code, err } = await smoothcert(...(await sweepOf("wrong", value)));
    expect(code).toBe(1);
    expect(err.startsWith(`error: ${at("wrong.json")}: `)).toBe(true);
    expect(err).toMatch(message);
    expect(existsSync(at("wrong"))).toBe(false);
  });
});

describe("smoothcert sweep --queue", () => {
  it.runIf(existsSync(PROGRAM))(
    "gives the folder of a sweep by one process, from a worker that has the data",
    async () => {
      const [address, images] = [`dir:${at("queue")}`, (settings as { data: string }).data];
      const has = ["--train", at("work"), "--data", images, "--engine", "wasm", "--until-idle", "120"];
      const worker = start("worker", "--queue", address, ...has);
      const words = [...(await sweepOf("queued", { grid: GRID })), "--queue", address];
      const { code, err } = await smoothcert(...words);
      expect([code, err]).toEqual([0, expect.not.stringContaining("Training")]);
      expect(timeless("queued")).toEqual(timeless("plain"));
      for (const name of NAMES) {
        const [queued, plain] = [at("queued", name), at("plain", name)];
        expect(readdirSync(queued).map(stamped).sort()).toEqual(readdirSync(plain).map(stamped).sort());
        expect(readFileSync(join(queued, "model.onnx"))).toEqual(readFileSync(join(plain, "model.onnx")));
      }
      const diverging = [...(await sweepOf("far", { grid: { lr: [1e20] }, certify: CERTIFY })), "--queue", address];
      const problem = expect.stringMatching(/^(the loss|a value) .*\)$/);
      expect(await smoothcert(...diverging)).toMatchObject({
        code: 1,
        err: expect.stringContaining("1 model of 1 failed"),
      });
      expect(summaryOf("far")).toEqual([expect.objectContaining({ clean: "", problem })]);
      worker.child.kill("SIGINT");
      expect((await worker.outcome).err).toContain("5 jobs done in all\n");
      expect(readdirSync(at("work"))).toEqual([]);
      expect(await smoothcert(...words)).toMatchObject({ code: 0, err: expect.stringContaining("certified already") });
    },
    180_000,
  );

  it("takes in no folder that isn't a run as asked for, or leads elsewhere, and ends by itself", async () => {
    const words = await sweepOf("forged", { grid: { sigma: [0.5] } });
    const queue = await folderTransport(at("hostile", "sweeps"));
    const sweeping = smoothcert(...words, "--queue", `dir:${at("hostile")}`);
    const certified = readFileSync(at("plain", NAMES[0], "certify.tsv"), "base64");
    const forgeries = [{ "../../x": "" }, { "model/../../x": "" }, { "certify.tsv": certified }];
    for (const files of forgeries) {
      let claim: Claim | undefined;
      while (!claim) {
        claim = await queue.take("forger");
        await wait(20);
      }
      await claim.complete((claim.job as Job).plan, JSON.stringify({ worker: "forger", idx: 0, files }));
    }
    const { code, err } = await sweeping;
    expect([code, err]).toEqual([1, expect.stringContaining("malformed result: files")]);
    expect(err).toContain("given up: sigma0.5: the run that forger sent is not trained and certified as asked");
    expect(readdirSync(at("forged"))).toEqual(["summary.tsv"]);
    expect(existsSync(at("x"))).toBe(false);
    await queue.close();
  });
});

/** The name of a file, but for when it was begun. */
function stamped(name: string): string {
  return name.replace(/^(events\.out\.tfevents)\..*$/, "$1");
}

describe("the grid of a sweep", () => {
  it("gives each combination once; an option counts for the methods that have it", () => {
    const models = sweepModels({ lr: 0.1 }, { objective: ["gaussian", "maxup"], copies: [2, 4], seed: [0, 1] });
    const names = models.map(({ name }) => name);
    const maxup = ["maxup_copies2_seed0", "maxup_copies2_seed1", "maxup_copies4_seed0", "maxup_copies4_seed1"];
    expect(names).toEqual(["gaussian_seed0", "gaussian_seed1", ...maxup]);
    const objective = { name: "maxup", copies: 4 };
    expect(models[5].settings).toEqual(completeRunSettings({ lr: 0.1, seed: 1, objective }));
  });

  it("names folders after values where these can be names", () => {
    const models = sweepModels({}, { augment: ["none", "crop:4,flip"], lr: [1e-7] });
    expect(models.map(({ name }) => name)).toEqual(["augmentnone_lr1e-7", "augment-2_lr1e-7"]);
  });

  it("keeps the options of the method in the settings", () => {
    const [{ settings }] = sweepModels({ objective: { name: "maxup", copies: 7 } }, { sigma: [1] });
    expect(settings).toMatchObject({ sigma: 1, objective: { name: "maxup", copies: 7 } });
  });
});

const KILLS = repetitions(10, 4);

describe.runIf(existsSync(PROGRAM))(`killed ${KILLS} times at random moments`, () => {
  it("ends with the summary of an undisturbed sweep, and loses no row and no trained model on the way", async () => {
    const words = await sweepOf("killed", { grid: GRID });
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
    for (let kill = 0; kill < KILLS; kill++) {
      const before = kept("killed");
      const { child, outcome, said } = start(...words);
      await said("[1/4]");
      await wait(600 * random.uniform());
      child.kill("SIGKILL");
      await outcome;
      expectKept(before);
    }
    const before = kept("killed");
    expect(await smoothcert(...words)).toMatchObject({ code: 0 });
    expectKept(before);
    expect(timeless("killed")).toEqual(timeless("plain"));
  }, 120_000);
});

function expectKept(before: Record<string, string>): void {
  for (const [path, text] of Object.entries(before)) expect(readFileSync(path, "utf8").startsWith(text)).toBe(true);
}

/** What must still be there after the next run: whole rows, and the history of models that are being certified. */
function kept(name: string): Record<string, string> {
  const runs = existsSync(at(name))
    ? readdirSync(at(name)).filter((run) => existsSync(at(name, run, "certify.tsv")))
    : [];
  return Object.fromEntries(
    runs.flatMap((run) => {
      const rows = readFileSync(at(name, run, "certify.tsv"), "utf8");
      const history = at(name, run, "history.jsonl");
      return [
        [at(name, run, "certify.tsv"), rows.slice(0, rows.lastIndexOf("\n") + 1)],
        [history, readFileSync(history, "utf8")],
      ];
    }),
  );
}
