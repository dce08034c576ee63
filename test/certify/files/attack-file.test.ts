import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ArgumentError, FileError } from "smoothcert";
import {
  ATTACK_COLUMNS,
  type AttackHeader,
  type AttackRow,
  formatAttackRow,
  headerPath,
  type LogRow,
  openAttack,
  parseAttackRow,
  readAttack,
  requireAttackOf,
  summarizeAttack,
} from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowedBroken } from "../../../certify/attack/attack-summary.js";
import { binomialTails } from "../../laws/statistics.js";
import { ATTACK_HEADER } from "../attack/some-attack-header.js";
import { SOME_HEADER } from "../log/some-header.js";

const ROW: AttackRow = {
  idx: 3,
  label: 1,
  predict: 1,
  radius: 0.75,
  insideNorm: 0.7499,
  insidePredict: 1,
  insideCounts: [
    [0, 10],
    [1, 4990],
  ],
  broken: false,
  attackRadius: 1.5,
  attackPredict: 0,
  time: 0.25,
};

const positive = fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const anyRow: fc.Arbitrary<AttackRow> = fc.record({
  idx: fc.nat(),
  label: fc.nat(),
  predict: fc.nat(),
  radius: positive,
  insideNorm: positive,
  insidePredict: fc.integer({ min: -1, max: 99 }),
  insideCounts: fc.uniqueArray(fc.tuple(fc.nat(), fc.nat()), {
    minLength: 1,
    maxLength: 5,
    selector: ([label]) => label,
  }),
  broken: fc.boolean(),
  attackRadius: fc.oneof(positive, fc.constant(Infinity)),
  attackPredict: fc.integer({ min: -1, max: 99 }),
  time: positive,
});

describe("a row", () => {
  it("parses back to itself", () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        expect(parseAttackRow(formatAttackRow(row), "line 2")).toStrictEqual({ ...row });
      }),
    );
  });

  it.each([
    ["predict", "-1", 'line 2: predict must be an integer of at least 0, got "-1"'],
    ["radius", "Infinity", 'line 2: radius must be a number of at least 0, got "Infinity"'],
    ["broken", "2", 'line 2: broken must be 0 or 1, got "2"'],
    ["attackRadius", "none", 'line 2: attackRadius must be a number of at least 0, got "none"'],
    ["insideCounts", "", "line 2: insideCounts must be class:count pairs"],
  ] as const)("with a wrong %s is refused", (column, value, message) => {
    const cells = formatAttackRow(ROW).split("\t");
    cells[ATTACK_COLUMNS.indexOf(column)] = value;
    expect(() => parseAttackRow(cells.join("\t"), "line 2")).toThrow(ArgumentError);
    expect(() => parseAttackRow(cells.join("\t"), "line 2")).toThrow(message);
  });

  it("with a field too few is refused", () => {
    expect(() => parseAttackRow("1\t2", "line 9")).toThrow('line 9: row must be 11 fields, got "1\\t2"');
  });
});

describe("the results on disk", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "smoothcert-attack-"));
    path = join(folder, "runs", "attack.tsv");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = async (header = ATTACK_HEADER, ...rows: AttackRow[]): Promise<readonly AttackRow[]> => {
    const results = await openAttack(path, header);
    for (const row of rows) results.append(row);
    results.close();
    return results.rows;
  };

  it("go on where they stopped, whenever and by whatever version, less a torn line", async () => {
    expect(await open(ATTACK_HEADER, ROW)).toEqual([]);
    const text = await readFile(path, "utf8");
    expect(text).toBe(`${ATTACK_COLUMNS.join("\t")}\n${formatAttackRow(ROW)}\n`);
    expect(JSON.parse(await readFile(headerPath(path), "utf8"))).toEqual(ATTACK_HEADER);
    await writeFile(path, `${text}${formatAttackRow({ ...ROW, idx: 4 })}`);
    expect(await open({ ...ATTACK_HEADER, created: "later", smoothcert: "9" }, { ...ROW, idx: 5 })).toEqual([ROW]);
    expect(await open()).toEqual([ROW, { ...ROW, idx: 5 }]);
  });

  it("are read as far as they go, and refused as an attack on other certificates", async () => {
    await open(ATTACK_HEADER, ROW);
    await writeFile(path, `${await readFile(path, "utf8")}${formatAttackRow({ ...ROW, idx: 4 })}`);
    const { header, rows } = await readAttack(path);
    expect({ header, rows }).toEqual({ header: ATTACK_HEADER, rows: [ROW] });
    const { idx, label, predict, radius } = ROW;
    const row: LogRow = { idx, label, predict, radius, correct: true };
    const attacked = (changed: Partial<LogRow>) => () =>
      requireAttackOf({ file: "log.tsv", header: SOME_HEADER, rows: [{ ...row, ...changed }] }, rows, path);
    expect(attacked({})).not.toThrow();
    expect(attacked({ idx: 9 })).not.toThrow();
    expect(attacked({ radius: 0.8 })).toThrow(/image 3 attacks a certificate that is not the one in log\.tsv/);
    await writeFile(headerPath(path), JSON.stringify({ ...ATTACK_HEADER, alpha: 2 }));
    await expect(readAttack(path)).rejects.toThrow(/attack\.json: alpha: /);
  });

  it("begin anew where the first line is torn", async () => {
    await open();
    await writeFile(path, "idx\tlab");
    expect(await open(ATTACK_HEADER, ROW)).toEqual([]);
    expect(await open()).toEqual([ROW]);
  });

  const changes = Object.entries({
    log: "",
    gradient: "model",
    gradientModel: "cd",
    copies: 1,
    steps: 1,
    votes: 60,
    alpha: 0.01,
    seed: 8,
  });
  it.each(changes)("are refused if they were made with another %s", async (field, value) => {
    await open(ATTACK_HEADER, ROW);
    const change = open({ ...ATTACK_HEADER, [field]: value });
    await expect(change).rejects.toThrow(FileError);
    const logged = JSON.stringify(ATTACK_HEADER[field as keyof AttackHeader]);
    await expect(change).rejects.toThrow(
      `${path}: was made with other settings: ${field} ${logged}, now ${JSON.stringify(value)}. Choose`,
    );
    expect(await open()).toEqual([ROW]);
  });

  it("are refused without their header, with other columns or a damaged row", async () => {
    await open(ATTACK_HEADER, ROW);
    await writeFile(path, `${ATTACK_COLUMNS.join("\t")}\nx\n`);
    await expect(open()).rejects.toThrow(`${path}: line 2: row must be 11 fields`);
    await writeFile(path, "my thesis\n");
    await expect(open()).rejects.toThrow(`${path}: expected the columns idx\tlabel`);
    await rm(headerPath(path));
    await expect(open()).rejects.toThrow(`${path}: exists, without a header ${headerPath(path)}`);
  });
});

describe("summarizeAttack", () => {
  const log = (idx: number, radius: number, predict = 1): LogRow => ({
    idx,
    label: 1,
    predict,
    radius,
    correct: predict === 1,
  });
  const attack = (idx: number, radius: number, attackRadius: number, broken = false): AttackRow => ({
    ...ROW,
    idx,
    radius,
    attackRadius,
    broken,
  });
  const rows = [log(0, 0.5), log(1, 1), log(2, 0, -1), log(3, 0.75, 2), log(4, 1)];
  const attacks = [attack(0, 0.5, 1), attack(1, 1, 3), attack(3, 0.75, 0.8), attack(4, 1, Infinity)];

  it("draws both curves over the same points, wrong ones and abstentions included", () => {
    const summary = summarizeAttack(rows, attacks, 0.001, [0, 0.75, 1, 2, 3, 9]);
    expect(summary).toMatchObject({ points: 5, abstentions: 1, attacked: 4, changed: 3, failed: false, broken: [] });
    expect(summary.certified).toEqual([
      { radius: 0.5, count: 3, accuracy: 0.6 },
      { radius: 1, count: 2, accuracy: 0.4 },
    ]);
    expect(summary.empirical).toEqual([
      { radius: 1, count: 3, accuracy: 0.6 },
      { radius: 3, count: 2, accuracy: 0.4 },
      { radius: Infinity, count: 1, accuracy: 0.2 },
    ]);
    // A point is not robust at the norm of its perturbation; it is certified at its radius.
    expect(summary.radii.map(({ certified, empirical }) => [certified, empirical])).toEqual([
      [3, 3],
      [2, 3],
      [2, 2],
      [0, 2],
      [0, 1],
      [0, 1],
    ]);
    // 0.8/0.75, 2, 3, Infinity
    expect(summary.medianRatio).toBe(2.5);
  });

  it("fails as soon as more certificates are broken than chance explains", () => {
    const many = Array.from({ length: 50 }, (_, i) => i);
    const broken = (count: number) =>
      summarizeAttack(
        many.map((i) => log(i, 1)),
        many.map((i) => attack(i, 1, 0.9, i < count)),
        0.001,
        [],
      );
    const allowed = allowedBroken(50, 0.001);
    expect(broken(allowed)).toMatchObject({ allowed, failed: false });
    expect(broken(allowed + 1)).toMatchObject({ allowed, failed: true });
    expect(broken(2).broken.map(({ idx }) => idx)).toEqual([0, 1]);
  });

  it("says nothing of a ratio where nothing was certified", () => {
    const summary = summarizeAttack([log(2, 0, -1)], [], 0.001, [0]);
    expect(summary).toMatchObject({ attacked: 0, allowed: 0, failed: false, medianRatio: undefined, certified: [] });
  });

  it("refuses a certificate that was not attacked, and no rows", () => {
    expect(() => summarizeAttack(rows, attacks.slice(1), 0.001, [])).toThrow(
      "summarizeAttack: attacks must be one for each certificate, got 0",
    );
    expect(() => summarizeAttack([], [], 0.001, [])).toThrow("rows must be at least one row");
  });
});

describe("allowedBroken", () => {
  it("is the 0.999-quantile of the binomial", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.double({ min: 1e-6, max: 0.9, noNaN: true }));
    fc.assert(
      fc.property(cases, ([n, p]) => {
        const k = allowedBroken(n, p);
        const tails = binomialTails(n, p);
        expect(tails[k + 1]).toBeLessThanOrEqual(0.001 * (1 + 1e-9));
        if (k > 0) expect(tails[k]).toBeGreaterThan(0.001 * (1 - 1e-9));
      }),
    );
    expect([allowedBroken(100, 0.001), allowedBroken(1, 0.0005), allowedBroken(1, 0.01)]).toEqual([2, 0, 1]);
  });

  it.each([
    [0, 0.1, "images must be an integer of at least 1, got 0"],
    [5, 0, "chance must be in (0, 1), got 0"],
    [5, 1, "chance must be in (0, 1), got 1"],
  ])("refuses %d images of chance %d", (images, chance, message) => {
    expect(() => allowedBroken(images, chance)).toThrow(ArgumentError);
    expect(() => allowedBroken(images, chance)).toThrow(message);
  });
});
