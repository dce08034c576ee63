import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { type LogRow, readHeader, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../bench/faults/redis-server.js";
import { folderWithRun, smoothcert, start, writeDigits } from "./support.js";

const folder = folderWithRun();
const SETTINGS = ["--n", "400", "--skip", "2"];
let digits: string;
let queue: string;

beforeAll(async () => {
  digits = await writeDigits(folder.path, 20);
  queue = `dir:${folder.at("queue")}`;
});

async function rowsOf(log: string): Promise<LogRow[]> {
  return (await readLog(log)).rows.map(({ time: _, check: __, ...row }) => row);
}

describe("submit, worker and status", () => {
  it("give the log of certify; the worker finds model and data by their hashes, wherever they lie", async () => {
    const whole = folder.at("whole.tsv");
    expect((await smoothcert("certify", folder.run, "--data", digits, ...SETTINGS, "--out", whole)).code).toBe(0);
    await mkdir(folder.at("elsewhere/deep"), { recursive: true });
    await copyFile(folder.at("run/model.onnx"), folder.at("elsewhere/deep/m.onnx"));
    await writeFile(folder.at("elsewhere/other.onnx"), "no model");
    const has = ["--models", folder.at("elsewhere"), "--data", "mnist", digits];
    const worker = start("worker", "--queue", queue, ...has, "--until-idle", "120");
    const log = folder.at("submitted.tsv");
    const submit = ["submit", folder.run, "--data", digits, ...SETTINGS, "--out", log, "--queue", queue];
    const { code, out, err } = await smoothcert(...submit);
    worker.child.kill("SIGINT");
    expect([code, err]).toEqual([0, expect.stringContaining("Queueing certification ")]);
    expect(out).toContain("10 points");
    expect(await rowsOf(log)).toEqual(await rowsOf(whole));
    expect(await readHeader(log)).toEqual({ ...(await readHeader(whole)), created: expect.any(String) });
    const told = await worker.outcome;
    expect(told.err).toContain(`Opened certification `);
    expect(told.err).toContain("10 jobs done in all\n");
    const empty = { waiting: 0, active: 0, failed: 0 };
    const status = await smoothcert("status", "--queue", queue, "--json");
    expect(JSON.parse(status.out)).toEqual({ queue, ...empty, plans: [], models: empty });
    const again = await smoothcert(...submit);
    expect([again.code, again.out]).toEqual([0, out]);
  }, 180_000);

  it("give it where a worker has neither model nor data, but may fetch them by their hashes", async () => {
    const [own, port] = [`dir:${folder.at("queue3")}`, String(await freePort())];
    const worker = start("worker", "--queue", own, "--fetch", `http://127.0.0.1:${port}`, "--until-idle", "120");
    const log = folder.at("served.tsv");
    const one = ["--n", "400", "--max", "1", "--out", log, "--queue", own, "--serve", `127.0.0.1:${port}`];
    expect(await smoothcert("submit", folder.run, "--data", digits, ...one)).toMatchObject({
      code: 0,
      err: expect.stringContaining(`smoothcert worker --fetch http://127.0.0.1:${port}\n`),
    });
    worker.child.kill("SIGINT");
    expect((await worker.outcome).err).toContain("1 job done in all\n");
    expect(await rowsOf(log)).toEqual((await rowsOf(folder.at("whole.tsv"))).slice(0, 1));
  }, 180_000);

  it("say what is missing: a queue, a model, data, a fixed number of samples", async () => {
    const none = await smoothcert("status", "--queue", "");
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("error: --queue must be given, as dir:PATH") });
    await mkdir(folder.at("models/sweeps/plans"), { recursive: true });
    const sweeps = await smoothcert("status", "--queue", `dir:${folder.at("models")}`);
    expect(sweeps).toMatchObject({ code: 0, out: expect.stringContaining("of sweeps: 0 models waiting") });
    expect(await readdir(folder.at("models"))).toEqual(["sweeps"]);
    const foreign = await smoothcert("status", "--queue", "amqp://u:secret@h");
    expect(foreign).toMatchObject({ code: 2, err: expect.not.stringContaining("secret") });
    const nowhere = await smoothcert("worker", "--queue", queue, "--models", folder.at("nowhere"));
    expect(nowhere.err).toContain(
      `${folder.at("nowhere")}: expected a folder of models, or an .onnx file, found nothing`,
    );
    const idle = await smoothcert("worker", "--queue", queue);
    expect(idle).toMatchObject({
      code: 2,
      err: expect.stringContaining("--models or --fetch must be given to certify"),
    });
    const cut = ["submit", folder.run, "--stop", "radii:0", "--blocks", "1", "--queue", queue];
    expect(await smoothcert(...cut)).toMatchObject({
      code: 2,
      err: expect.stringContaining("--blocks is for a fixed"),
    });
    for (const option of ["--runtime", "--engine"]) {
      const { code, err } = await smoothcert("submit", folder.run, option, "tfjs", "--queue", queue);
      expect([code, err]).toEqual([2, expect.stringContaining(`error: unknown option '${option}'`)]);
    }
  });

  it("that have no model or other data for a job say so, and the job is given up with that", async () => {
    const other = folder.at("other-labels");
    const labels = await readFile(folder.at("labels"));
    await writeFile(other, Buffer.concat([labels.subarray(0, 8), labels.subarray(8).reverse()]));
    const data = `idx:${folder.at("digits")},${other}`;
    const own = `dir:${folder.at("queue2")}`;
    const has = ["--models", folder.run, "--data", data];
    const worker = start("worker", "--queue", own, ...has, "--until-idle", "120", "--jobs", "1");
    const log = folder.at("refused.tsv");
    const one = ["--n", "100", "--max", "1", "--out", log, "--queue", own];
    const { code, err } = await smoothcert("submit", folder.run, "--data", digits, ...one);
    worker.child.kill("SIGINT");
    const said = `the data set digits \\(\\w{8}\\) is not here: ${data} has another hash`;
    expect([code, err]).toEqual([1, expect.stringMatching(`1 job given up, the first: image 0: .*${said}`)]);
    const { err: told } = await worker.outcome;
    expect(told).toMatch(new RegExp(`warning: ${said}`));
  }, 180_000);
});
