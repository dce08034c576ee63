import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  auditRows,
  BLOCK,
  certify,
  exampleIndices,
  fileLogStore,
  formatRow,
  inShard,
  LOG_COLUMNS,
  type LogHeader,
  MemoryLogStore,
  mergeParts,
  type NamedLog,
  type Part,
  parseLog,
  parseParts,
  partLine,
  partsHeaderLine,
  plannedCount,
  planUnits,
  readHeader,
  readLog,
  sealed,
} from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { smallRun } from "../run/small-run.js";
import { bare, HERE, type SmallCluster, smallCluster } from "./cluster.js";

/** Three blocks an image, the last of them shorter. */
const N = 2 * BLOCK + 300;
const STOP = { kind: "radii", radii: [0, 0.1, 0.2] } as const;

let fixed: SmallCluster;
let byBlock: Part[];
let whole: Part[];
let stopped: SmallCluster;
let stoppedParts: Part[];

beforeAll(async () => {
  fixed = await smallCluster({ n: N });
  [byBlock, whole] = [await fixed.parts(1), await fixed.parts()];
  stopped = await smallCluster({ n: N, stop: STOP, interval: "union" });
  stoppedParts = await stopped.parts();
});

const file = (name: string, parts: readonly Part[], header = fixed.header) => ({ name, header, parts });

/** A part of all blocks of an image, cut at these blocks. */
function recut(parts: readonly Part[], cuts: readonly number[]): Part[] {
  const ends = [...cuts, parts.length];
  return [0, ...cuts].map((from, i) => {
    const { check: _, counts0: __, ...first } = parts[from];
    const counts = parts.slice(from, ends[i]).flatMap((part) => part.counts);
    const selection = from === 0 && parts[0].counts0 !== undefined ? { counts0: parts[0].counts0 } : {};
    return sealed({ ...first, ...selection, unit: { idx: first.unit.idx, blocks: { from, to: ends[i] } }, counts });
  });
}

describe("mergeParts", () => {
  it("gives the one-process log from any cuts into blocks and images, in any order, with duplicates", () => {
    const perImage = 3;
    const cut = fc.subarray([1, 2]);
    const wholes = fc.subarray(whole);
    const cuts = fc.array(cut, { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(cuts, wholes, fc.infiniteStream(fc.nat(3)), fc.boolean(), (cutOf, extra, to, sorted) => {
        const pieces = cutOf.flatMap((at, i) => recut(byBlock.slice(perImage * i, perImage * (i + 1)), at));
        const files = ["a", "b", "c", "d"].map((name): [string, Part[]] => [name, []]);
        for (const part of [...pieces, ...extra]) files[to.next().value as number][1].push(part);
        if (!sorted) files.reverse();
        const merged = mergeParts(
          [],
          files.map(([name, parts]) => file(name, parts)),
        );
        expect(bare(merged.rows)).toEqual(bare(fixed.rows));
        expect(merged.header).toEqual(fixed.header);
        expect(merged.missing).toEqual([]);
        const text = `${[LOG_COLUMNS.join("\t"), ...merged.rows.map(formatRow)].join("\n")}\n`;
        expect(auditRows(text, parseLog(text, "merged"), merged.header)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it("gives the one-process log of a run that stops, and counts the images that were done twice", () => {
    const merged = mergeParts(
      [],
      [file("a", stoppedParts, stopped.header), file("b", stoppedParts.slice(3), stopped.header)],
    );
    expect(bare(merged.rows)).toEqual(bare(stopped.rows));
    expect(merged.duplicates).toBe(stoppedParts.length - 3);
    expect(new Set(stopped.rows.map(({ n }) => n)).size).toBeGreaterThan(1);
  });

  it("gives it from shards 1/1 to 7/7 and parts beside each other, byte for byte but for time and date", async () => {
    for (let count = 1; count <= 7; count++) {
      const settings = count % 2 === 0 ? { n: 50 } : { n: 50, stop: STOP, interval: "union" as const };
      const one = await smallCluster(settings);
      const logs: NamedLog[] = [];
      for (let index = 1; index <= count; index++) {
        const store = new MemoryLogStore();
        await certify(smallRun({ ...settings, shard: { index, count }, fingerprint: HERE }), store);
        expect(store.rows.map(({ idx }) => idx)).toEqual(inShard(exampleIndices(24, one.header), { index, count }));
        expect(store.rows.length).toBe(plannedCount(24, one.header, { index, count }));
        logs.unshift({
          name: `${index}`,
          header: { ...(store.header as LogHeader), created: one.header.created },
          rows: store.rows,
        });
      }
      const merged = mergeParts(logs, []);
      expect(JSON.stringify(merged.header)).toBe(JSON.stringify(one.header));
      expect(bare(merged.rows)).toEqual(bare(one.rows));
      if (count === 1) continue;
      const part = mergeParts(logs.slice(1), [file("parts", await one.parts(), one.header)]);
      expect(bare(part.rows)).toEqual(bare(one.rows));
      expect(part.duplicates).toBe(12 - logs[0].rows.length);
    }
  });

  it("says what is missing: images, blocks, and the shards that they fall to", async () => {
    const { header } = fixed;
    const shard = (index: number): LogHeader => ({ ...header, shard: { index, count: 5 } });
    const rows = fixed.rows.filter((_, i) => i % 5 === 0);
    const parts = byBlock.filter(({ unit }) => unit.idx === 2 && unit.blocks?.from !== 1);
    const merged = mergeParts([{ name: "1", header: shard(1), rows }], [file("parts", parts)]);
    expect(merged.missing).toEqual([2, 4, 6, 8, 12, 14, 16, 18, 22]);
    expect(merged.begun).toEqual([{ idx: 2, blocks: [1] }]);
    expect(merged.shards).toEqual({ indices: [2, 3, 4, 5], count: 5 });
  });
});

describe("parts of different functions", () => {
  const THERE = { ...HERE, canary: "cd".repeat(32) };

  it("are never added up, and named; those of one of them that has all are taken, whatever came first", async () => {
    const other = await fixed.parts(1, THERE);
    const [a, b] = [byBlock.filter((_, i) => i !== 4), other.slice(4, 5)];
    const mixed = mergeParts([], [file("a", a), file("b", b)]);
    expect(mixed.missing).toEqual([2]);
    expect(mixed.mixed).toEqual([{ idx: 2, parts: ["a (canary abababab)", "b (canary cdcdcdcd)"] }]);
    for (const files of [
      [file("a", a), file("b", other)],
      [file("b", other), file("a", a)],
    ]) {
      const { rows, missing, header } = mergeParts([], files);
      expect(missing).toEqual([]);
      expect(bare(rows)).toEqual(bare(fixed.rows));
      expect(header.computedBy).toEqual([HERE, THERE]);
    }
  });

  it("may differ in their votes, and one is chosen by its canary, not by who came first", () => {
    const { check: _, ...part } = whole[0];
    const other = sealed({ ...part, counts: [`0:${N}`], fingerprint: THERE });
    const [ab, ba] = [
      [file("a", whole), file("b", [other])],
      [file("b", [other]), file("a", whole)],
    ].map((files) => {
      return bare(mergeParts([], files).rows);
    });
    expect(ab).toEqual(ba);
    expect(ab).toEqual(bare(fixed.rows));
  });

  it("of whole images may stand in one log, which names each", () => {
    const { check: _, ...part } = whole[0];
    const merged = mergeParts([], [file("a", whole.slice(1)), file("b", [sealed({ ...part, fingerprint: THERE })])]);
    expect(bare(merged.rows)).toEqual(bare(fixed.rows));
    expect(merged.header.computedBy).toEqual([HERE, THERE]);
  });
});

describe("a foreign or changed part", () => {
  const changed = (change: Partial<Part>): Part => {
    const { check: _, ...part } = whole[0];
    return sealed({ ...part, ...change });
  };
  const refused = (parts: readonly Part[], message: string): void => {
    expect(() => mergeParts([], [file("a.parts", whole), file("b.parts", parts)])).toThrow(`b.parts: ${message}`);
  };

  it("is refused by name: votes that don't add up, strangers, an image or blocks that are none", () => {
    refused([changed({ counts: [`0:${N - 1}`] })], `image 0: counts add up to ${N - 1}, expected n = ${N}`);
    refused([changed({ counts0: "0:15" })], "image 0: counts0 add up to 15, expected 16");
    refused([changed({ counts: [`7:${N}`] })], "image 0: votes for class 7 of 3");
    refused([changed({ label: 3 })], "image 0: label: class 3 of 3");
    refused([changed({ unit: { idx: 1 } })], "image 1: left out by skip 2 and max 24");
    refused([changed({ unit: { idx: 0, blocks: { from: 0, to: 4 } } })], "image 0, samples 0-2299: blocks 0 to 4 of 3");
    refused(
      [changed({ fingerprint: { ...HERE, runtime: "other" } })],
      "image 0: computed by other, where the header says",
    );
  });

  it("is refused by name: one that was changed, is of another certification, or contradicts another", () => {
    refused([{ ...whole[0], counts: [`0:${N}`] }], "image 0: its checksum isn't that of its content");
    refused([changed({ plan: "12".repeat(32) })], "image 0: a part of certification 12121212, where ");
    refused([changed({ counts: [`1:${N}`] })], "image 0 has other votes than in a.parts");
    refused([changed({ label: whole[0].label + 1 })], "image 0 has another class than in a.parts");
    const [first] = byBlock;
    const { check: _, ...block } = first;
    refused(
      [first, sealed({ ...block, counts: [`2:${BLOCK}`] })],
      "image 0, samples 0-999 has other votes than in b.parts",
    );
    refused(
      [sealed({ ...block, counts: [`2:${BLOCK}`] }), byBlock[1], byBlock[2]],
      "image 0, samples 2000-2999 has other",
    );
  });

  it.each([
    ["seed", (header: LogHeader) => ({ ...header, seed: 4 })],
    ["sigma", (header: LogHeader) => ({ ...header, sigma: 0.5 })],
    ["model.hash", (header: LogHeader) => ({ ...header, model: { ...header.model, hash: "ab".repeat(32) } })],
  ])("is refused by name: one of another %s", (field, change) => {
    const files = [file("a.parts", whole), file("b.parts", whole, change(fixed.header))];
    expect(() => mergeParts([], files)).toThrow(`b.parts: was made with other settings than a.parts: ${field} `);
  });

  it("blocks are refused where the number of samples isn't fixed", () => {
    const { check: _, ...part } = stoppedParts[0];
    const blocks = sealed({ ...part, unit: { idx: 0, blocks: { from: 0, to: 1 } } });
    const parts = [file("a", [blocks], stopped.header)];
    expect(() => mergeParts([], parts)).toThrow("blocks of an image, where the number of samples isn't fixed");
  });
});

describe("a file of parts", () => {
  const text = (parts: readonly Part[]): string => partsHeaderLine(fixed.header) + parts.map(partLine).join("");

  it("is read as it was written, but for a torn last line", () => {
    const all = text(byBlock);
    expect(parseParts(all, "x")).toEqual({ name: "x", header: fixed.header, parts: byBlock });
    const torn = all.slice(0, -5);
    expect(parseParts(torn, "x").parts).toEqual(byBlock.slice(0, -1));
  });

  it("is refused, naming the line, where it is none", () => {
    expect(() => parseParts(`${text([])}{"plan":1}\n`, "x")).toThrow(
      "x: line 2: expected a part of a certification; plan: ",
    );
    expect(() => parseParts(`${text([])}no\n`, "x")).toThrow(
      "x: line 2: expected a part of a certification; it is no JSON",
    );
    const other = text(byBlock).replace('"seed":3', '"seed":4');
    expect(() => parseParts(other, "x")).toThrow("the checksum of its header isn't that of its content");
  });
});

describe("planUnits", () => {
  it("cuts each image into pieces of so many blocks that cover it once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 * BLOCK }), fc.integer({ min: 1, max: 30 }), (n, each) => {
        const covered = planUnits([4], n, each).flatMap(({ blocks }) =>
          Array.from({ length: blocks!.to - blocks!.from }, (_, i) => blocks!.from + i),
        );
        expect(covered).toEqual([...Array(Math.ceil(n / BLOCK)).keys()]);
      }),
    );
  });
});

describe("the log of a shard", () => {
  it("goes on on another machine too, which its header then names, and is not another shard's", async () => {
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-shard-"));
    const store = fileLogStore(join(folder, "certify.tsv"));
    const shard = { index: 1, count: 3 };
    const THERE = { ...HERE, canary: "cd".repeat(32) };
    await certify(smallRun({ n: 100, shard, max: 7, fingerprint: HERE }), store);
    await certify(smallRun({ n: 100, shard, fingerprint: THERE }), store);
    const { rows } = await readLog(store.name);
    expect(rows.map(({ idx }) => idx)).toEqual([0, 6, 12, 18]);
    expect((await readHeader(store.name))?.computedBy).toEqual([HERE, THERE]);
    const other = certify(smallRun({ n: 100, shard: { index: 2, count: 3 } }), store);
    await expect(other).rejects.toThrow("was made with other settings: shard.index 1, now 2");
    await rm(folder, { recursive: true });
  });
});
