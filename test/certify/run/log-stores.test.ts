import { FileError } from "smoothcert";
import {
  auditHeader,
  auditRows,
  certify,
  formatRow,
  headerOf,
  LOG_COLUMNS,
  type LogRow,
  parseLog,
  planCertification,
} from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smallRun } from "./small-run.js";
import { STORES, type StoreCase } from "./stores.js";

/** What every store keeps to, as far as a run relies on it. */
describe.each(Object.entries(STORES))("a log in a store: %s", (_, create) => {
  let of: StoreCase;
  beforeEach(async () => {
    of = await create();
  });
  afterEach(() => of.remove());

  const { run } = planCertification(smallRun());
  const header = headerOf(run);
  const rowsOf = async (from = 0, to = 12): Promise<LogRow[]> => {
    const rows: LogRow[] = [];
    const part = await STORES.memory();
    await certify(smallRun(), part.store);
    for (const { check: _, ...row } of (await part.rows()).slice(from, to)) rows.push(row);
    return rows;
  };
  const append = async (rows: readonly LogRow[], store = of.store): Promise<readonly LogRow[]> => {
    const log = await store.open(header);
    for (const row of rows) log.append(row);
    log.close();
    return log.rows;
  };

  it("begins empty, keeps rows in their order, and hands out those that were there before", async () => {
    const rows = await rowsOf();
    expect(await append(rows.slice(0, 5))).toEqual([]);
    expect((await append(rows.slice(5))).map(({ idx }) => idx)).toEqual([0, 2, 4, 6, 8]);
    expect((await of.rows()).map(({ idx }) => idx)).toEqual(rows.map(({ idx }) => idx));
    expect(await of.header()).toEqual(header);
  });

  it("seals rows: an audit of what is read back finds nothing, also after the log was opened again", async () => {
    const rows = await rowsOf();
    await append(rows.slice(0, 7));
    await append(rows.slice(7));
    const stored = await of.rows();
    const text = `${[LOG_COLUMNS.join("\t"), ...stored.map(formatRow)].join("\n")}\n`;
    expect(auditRows(text, parseLog(text, "log"), header)).toEqual([]);
    expect(auditHeader({ header, intact: true })).toEqual([]);
  });

  it("keeps its own header where rows follow, but for a larger max; without a row it takes the new one", async () => {
    await append([]);
    const later = { ...header, created: "2031-01-01T00:00:00.000Z" };
    (await of.store.open(later)).close();
    expect((await of.header())?.created).toBe(later.created);
    const log = await of.store.open(header);
    log.append((await rowsOf(0, 1))[0]);
    log.close();
    (await of.store.open({ ...later, max: header.max + 4 })).close();
    expect(await of.header()).toEqual({ ...header, max: header.max + 4 });
    (await of.store.open({ ...later, max: 2 })).close();
    expect((await of.header())?.max).toBe(header.max + 4);
  });

  it.each([
    ["sigma", { sigma: 0.5 }],
    ["seed", { seed: 4 }],
    ["alpha", { alpha: 0.01 }],
    ["model.hash", { model: { ...header.model, hash: "ab".repeat(32) } }],
  ])("refuses rows of another %s, naming both values, and stays as it was", async (field, change) => {
    await append(await rowsOf(0, 3));
    const before = await of.rows();
    await expect(of.store.open({ ...header, ...change })).rejects.toThrow(FileError);
    await expect(of.store.open({ ...header, ...change })).rejects.toThrow(`made with other settings: ${field} `);
    expect(await of.rows()).toEqual(before);
    expect(await append([])).toHaveLength(3);
  });

  it("belongs to one run at a time", async () => {
    const log = await of.store.open(header);
    await expect(of.store.open(header)).rejects.toThrow(FileError);
    await expect(of.again()?.open(header) ?? Promise.reject(new FileError("no other", ""))).rejects.toThrow(FileError);
    log.close();
    (await of.store.open(header)).close();
  });
});
