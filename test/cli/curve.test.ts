import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { floorTo } from "smoothcert";
import {
  averageCertifiedRadius,
  type CertifiedAccuracy,
  type LogHeader,
  type LogRow,
  largestRadius,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { curveCommand } from "../../cli/curve.js";
import { SOME_HEADER } from "../certify/log/some-header.js";
import { rowOfVotes } from "../certify/report/voted-logs.js";
import { gaussianAt } from "../laws/theorem.js";
import { smoothcert, writeLog } from "./support.js";

const foreign = fileURLToPath(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url));
const header: LogHeader = { ...SOME_HEADER, noise: "gaussian-float32/philox4x32-10/3" };
// Two thirds are correct: 66.66... %, which is never printed as 66.7.
const rowsOf = (of: LogHeader): LogRow[] =>
  [1000, 500, 700].map((votes, idx) => rowOfVotes(of, idx, 3, [0, 0, 0, 100], [0, 0, 1000 - votes, votes]));
const rows = rowsOf(header);

let folder: string;
let ours: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-curve-"));
  ours = await writeLog(folder, "ours", header, rows);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command with its figure in the test's folder; returns both streams and the figure. */
async function curve(...args: string[]): Promise<{ out: string; err: string; figure: string }> {
  const streams = { out: "", err: "" };
  const keep = (name: "out" | "err") => (text: unknown) => {
    streams[name] += String(text);
    return true;
  };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  const err = vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
  const path = join(folder, "deep", "curve.svg");
  try {
    await curveCommand()
      .exitOverride()
      .parseAsync([...(args.includes("--out") ? [] : ["--out", path]), ...args], { from: "user" });
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return { ...streams, figure: await readFile(path, "utf8") };
}

describe("smoothcert curve", () => {
  it("writes the table as CSV, unrounded, with labels in quotes where they need them", async () => {
    const path = join(folder, "deep", "curve.csv");
    const { out } = await curve(ours, foreign, "--radii", "0,0.5", "--labels", 'a "b",c', "--csv", path, "--json");
    const expected = JSON.parse(out).logs.flatMap(
      ({ label, file, points, radii }: { label: string; file: string; points: number; radii: CertifiedAccuracy[] }) =>
        radii.map(({ radius, count, accuracy, lower, upper }) =>
          [
            label.replace('a "b"', '"a ""b"""'),
            file,
            radius,
            points,
            count,
            accuracy,
            lower,
            upper,
            0,
            accuracy,
          ].join(),
        ),
    );
    const [columns, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(columns).toBe("label,file,radius,points,certified,certifiedAccuracy,lower,upper,undecided,atMost");
    expect(lines).toEqual(expected);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^"a ""b""",.*,0,3,2,0\.6666666666666666,/);
  });

  it("prints each log's settings and figures and a table, rounded down, and draws them", async () => {
    const { out, err, figure } = await curve(ours, foreign, "--radii", "0,64/255,1/3,1");
    expect(out).toContain(`lenet, sigma 0.5: ${ours}`);
    expect(out).toContain("sigma 0.5, n = 1000, alpha = 0.001: radii of at most 1.2316 within reach");
    expect(out).toContain("3 points, 1 abstention");
    const acr = floorTo(averageCertifiedRadius(rows), 4);
    expect(out).toContain(`clean accuracy 66.6%, average certified radius (ACR) ${acr}, which grows with n and alpha`);
    expect(out).toContain(`cohen-seconds: ${foreign}`);
    expect(out).toContain("no header beside it: sigma, n and alpha are unknown");
    expect(out).toMatch(/^L2 radius +0 +0\.250980 +0\.333333 +1$/m);
    expect(out).toMatch(/^lenet, sigma 0\.5 +66\.6 +33\.3 +33\.3 +33\.3$/m);
    expect(out).toMatch(/^cohen-seconds +60\.0 +40\.0 +40\.0 +0\.0$/m);
    expect(err).toContain("warning: the logs are over different test");
    for (const text of ["lenet, sigma 0.5", "cohen-seconds", "95% confidence (choice of test points)"]) {
      expect(figure).toContain(`>${text}</text>`);
    }
  });

  it("also draws them in characters where it prints to a terminal", async () => {
    const { isTTY, columns } = process.stdout;
    const terminal = (wide: number | undefined): void => {
      Object.assign(process.stdout, { isTTY: wide !== undefined, columns: wide });
    };
    try {
      terminal(60);
      const { out } = await curve(ours, foreign, "--radii", "0");
      const drawing = out.slice(out.indexOf("certified accuracy (%) against L2 radius, rounded down\n"));
      expect(drawing).toMatch(/^100 \|$/m);
      expect(drawing).toMatch(/^ 60 \|2+/m);
      expect(drawing).toMatch(/^ {5}1 lenet, sigma 0\.5 {3}2 cohen-seconds {3}\* several$/m);
      for (const line of drawing.split("\n\n")[0].split("\n")) expect(line.length).toBeLessThanOrEqual(60);
      for (const other of [30, undefined]) {
        terminal(other);
        expect((await curve(ours, "--radii", "0")).out).not.toContain("100 |");
      }
      terminal(60);
      expect(JSON.parse((await curve(ours, "--json", "--radii", "0")).out)).toHaveProperty("logs");
    } finally {
      Object.assign(process.stdout, { isTTY, columns });
    }
  });

  it("prints everything as one JSON object under --json", async () => {
    const { out, err } = await curve(ours, "--json", "--radii", "0.5", "--confidence", "0.9", "--labels", "mine");
    const result = JSON.parse(out);
    expect(err).toBe("");
    expect(result).toMatchObject({ confidence: 0.9, figure: join(folder, "deep", "curve.svg") });
    expect(result.logs).toHaveLength(1);
    expect(result.logs[0]).toMatchObject({
      file: ours,
      label: "mine",
      sigma: 0.5,
      n: 1000,
      alpha: 0.001,
      largestRadius: largestRadius(header, 1, gaussianAt(0.5)),
      points: 3,
      abstentions: 1,
      cleanAccuracy: 2 / 3,
      acr: averageCertifiedRadius(rows),
      radii: [{ radius: 0.5, count: 1, accuracy: 1 / 3 }],
      curve: [
        { radius: rows[2].radius, count: 2, accuracy: 2 / 3 },
        { radius: rows[0].radius, count: 1, accuracy: 1 / 3 },
      ],
    });
    // At 90 % the lower end p of 1 in 3 solves P[Bin(3, p) >= 1] = 1 - (1 - p)^3 = 0.05.
    expect(result.logs[0].radii[0].lower).toBeCloseTo(1 - 0.95 ** (1 / 3), 12);
  });

  it("says under --rho what the certificates prove together, and of which logs it can't", async () => {
    const { out, err } = await curve(ours, foreign, "--rho", "0.01", "--radii", "0,1");
    // Of three certificates at alpha = 0.001 one fails with probability 0.003: none, but for 0.01.
    expect(out).toContain("lenet, sigma 0.5: truly robust with probability 0.99 (%), rounded down\n\n");
    expect(out).toMatch(/^of these points, at each radius +66\.6 +33\.3$/m);
    expect(out).toMatch(/^of these points, at all radii at once +66\.6 +33\.3$/m);
    // p with 3 p^2 - 2 p^3 = 0.01 is 0.0589, and 1 - 0.99^(1/3) = 0.00334; less alpha, over 1 - alpha.
    expect(out).toMatch(/^of the population, at each radius +5\.7 +0\.2$/m);
    expect(out).not.toContain("cohen-seconds: truly");
    expect(err).toContain(`warning: ${foreign}: no header records alpha`);
    const { out: json } = await curve(ours, "--rho", "0.001", "--radii", "0", "--json");
    expect(JSON.parse(json)).toMatchObject({
      rho: 0.001,
      logs: [{ statements: [{ certified: 2, atLeast: 1, atLeastTogether: 1 }] }],
    });
    const refused = await smoothcert("curve", ours, "--rho", "0.6");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--rho must be in (0, 1/2], got 0.6")]);
  });

  it("never says that something holds with probability 1, or with 100 % confidence", async () => {
    const { out, figure } = await curve(ours, "--rho", "1e-13", "--confidence", "0.99999999", "--radii", "0");
    expect(out).toContain("truly robust with probability 1 - 1e-13 (%)");
    expect(figure).toContain("99.9999% confidence");
  });

  it("says 0 % of the population where nothing more is proved", async () => {
    // 1 - 0.9999^(1/3) = 0.00003 is less than alpha.
    const { out } = await curve(ours, "--rho", "0.0001", "--radii", "1,2");
    expect(out).toMatch(/^of the population, at each radius +0\.0 +0\.0$/m);
  });

  it("puts title and labels on the figure", async () => {
    const { figure, out } = await curve(ours, foreign, "--title", "MNIST & more", "--labels", "MaxUp, Gauss");
    expect(figure).toContain(">MNIST &amp; more</text>");
    expect(figure).toContain(">MaxUp</text>");
    expect(figure).toContain(">Gauss</text>");
    expect(out).toMatch(/^Gauss: .*cohen-seconds.tsv$/m);
  });

  it("names logs by their path where the models' names don't tell them apart", async () => {
    const twin = await writeLog(folder, "twin", header, rows);
    const { figure } = await curve(ours, twin);
    expect(figure).not.toContain(">lenet, sigma 0.5</text>");
  });

  it("warns of logs made at another alpha, and of a header it can't use", async () => {
    const loose = { ...header, alpha: 0.01 };
    const other = await writeLog(folder, "other", loose, rowsOf(loose));
    const broken = await writeLog(folder, "broken", header, rows);
    await writeFile(join(folder, "broken.json"), '{"results": []}');
    const { err, out } = await curve(ours, other, broken);
    expect(err).toContain(`warning: alpha differs (0.001 in ${ours}, 0.01 in ${other})`);
    expect(err).toContain(`warning: ${join(folder, "broken.json")}: expected a smoothcert log header`);
    expect(out).toContain("no header beside it");
  });

  it("says of an unfinished log how far it has come, also of a shard", async () => {
    const begun = { ...header, max: 40, skip: 2, data: { ...header.data, length: 40 } };
    const [first] = rows;
    const part = await writeLog(folder, "part", begun, [first]);
    expect((await curve(part)).err).toBe(
      `warning: ${part}: holds 1 of 20 images: its run is not finished, and these may not be like the others\n`,
    );
    const tenth = { ...begun, shard: { index: 7, count: 10 } };
    const shard = await writeLog(folder, "shard", tenth, [rowsOf(tenth)[0]]);
    expect((await curve(shard)).err).toContain("holds 1 of 2 images");
    const whole = { ...begun, shard: { index: 20, count: 20 } };
    expect((await curve(await writeLog(folder, "whole", whole, [rowsOf(whole)[0]]))).err).toBe("");
  });

  it("refuses a log that was changed after it was written", async () => {
    const path = await writeLog(folder, "changed", header, rows);
    await writeFile(path, (await readFile(path, "utf8")).replace(String(rows[2].radius), "2.5"));
    await expect(curve(path)).rejects.toMatchObject({
      name: "FileError",
      message: expect.stringContaining(
        `${path}: was changed after it was written, and is refused: image 2, radius: 2.5, where the votes give `,
      ),
    });
  });

  it("calls a log without header and extension by its whole name", async () => {
    const cohens = join(folder, "sigma_0.25");
    await writeFile(cohens, await readFile(foreign));
    expect((await curve(cohens)).out).toContain(`sigma_0.25: ${cohens}`);
  });

  it("passes on what reading a log found", async () => {
    const cut = join(folder, "cut.tsv");
    await writeFile(cut, "idx\tlabel\tpredict\tradius\tcorrect\n0\t1\t1\t0.5\t1\n1\t1");
    expect((await curve(cut)).err).toContain(`warning: ${cut}: line 3 was cut off before its end`);
  });

  it.each([
    ["--radii", "0,x", "ArgumentError", '--radii must be a number or an expression such as 8/255, got "x"'],
    ["--radii", "0,-1", "ArgumentError", "curve: --radii must be radii of at least 0, got -1"],
    ["--confidence", "1", "ArgumentError", "curve: --confidence must be in (0, 1), got 1"],
    ["--csv", "certify.tsv", "ArgumentError", 'curve: --csv must be a file name that ends in .csv, got "certify.tsv"'],
    ["--out", "certify.tsv", "ArgumentError", 'curve: --out must be a file name that ends in .svg, got "certify.tsv"'],
    ["--labels", "a,b", "ArgumentError", 'curve: --labels must be 1 names separated by commas, got "a,b"'],
    ["--labels", " ", "ArgumentError", 'curve: --labels must be 1 names separated by commas, got " "'],
    ["--out", `${foreign}/curve.svg`, "FileError", "curve.svg: can't be written ("],
  ])("refuses %s %s", async (option, value, name, message) => {
    await expect(curve(ours, option, value)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it("names a log that is not there", async () => {
    await expect(curve(join(folder, "none.tsv"))).rejects.toMatchObject({
      name: "FileError",
      message: expect.stringContaining("none.tsv: expected a certification log, found nothing of that name"),
    });
  });
});
