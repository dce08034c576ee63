import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { gridNoise, loadDataset } from "smoothcert";
import {
  certifies,
  certifyDataset,
  formatRow,
  LOG_COLUMNS,
  type LogRow,
  onnxClassifier,
  parseLog,
  readHeader,
  readLog,
  SmoothedClassifier,
} from "smoothcert/certify";

/**
 * Whether stopped runs decide as n samples would: certifies the images of a stopped log with all n samples, those first
 * on which it spent most, into a file of rows that a second call goes on with; then compares the decisions at the
 * rule's radii, for each stopped log given. After `npm run build`: node dist/bench/stop-experiment.js MODEL.onnx
 * ROWS.tsv SECONDS STOPPED.tsv [STOPPED.tsv ...]
 */

const [model, file, seconds, ...logs] = process.argv.slice(2);
const stopped = await Promise.all(
  logs.map(async (path) => ({ path, rows: (await readLog(path)).rows, header: (await readHeader(path))! })),
);

/** Runs what is left of the images until the time is over. */
async function certifyMore(): Promise<void> {
  const [{ rows, header }] = stopped;
  const done = new Set(fixedRows().map(({ idx }) => idx));
  const left = rows.filter(({ idx }) => !done.has(idx)).sort((a, b) => b.n! - a.n!);
  const test = await loadDataset("mnist", "test");
  const classifier = await onnxClassifier(model, { imageShape: test.shape });
  const smoothed = new SmoothedClassifier(classifier, gridNoise(header.sigma), header.seed);
  const settings = { n0: header.n0, n: header.n, alpha: header.alpha };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Number(seconds) * 1000);
  const indices = left.map(({ idx }) => idx);
  if (!existsSync(file)) appendFileSync(file, `${LOG_COLUMNS.join("\t")}\n`);
  try {
    for await (const row of certifyDataset(smoothed, test, indices, settings, { signal: stop.signal })) {
      appendFileSync(file, `${formatRow(row)}\n`);
    }
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
  clearTimeout(timer);
  await classifier.close?.();
}

function fixedRows(): readonly LogRow[] {
  return existsSync(file) ? parseLog(readFileSync(file, "utf8"), file, { allowEmpty: true }).rows : [];
}

if (Number(seconds) > 0) await certifyMore();
const fixed = new Map(fixedRows().map((row) => [row.idx, row]));
console.log(
  "log | radius | images | both certify | neither | only n samples (of the right class) | only the stopped run",
);
for (const { path, rows, header } of stopped) {
  const radii = header.stop?.kind === "radii" ? header.stop.radii : [];
  const pairs = rows.filter(({ idx }) => fixed.has(idx)).map((row) => ({ row, full: fixed.get(row.idx)! }));
  for (const radius of radii) {
    const outcomes = pairs.map(({ row, full }) => ({
      there: certifies(row, radius),
      full: certifies(full, radius) && (row.predict === full.predict || !certifies(row, radius)),
      right: full.correct,
    }));
    const count = (holds: (outcome: (typeof outcomes)[number]) => boolean): number => outcomes.filter(holds).length;
    const lost = `${count((o) => o.full && !o.there)} (${count((o) => o.full && !o.there && o.right)})`;
    const both = count((o) => o.full && o.there);
    const neither = count((o) => !o.full && !o.there);
    console.log([path, radius, pairs.length, both, neither, lost, count((o) => !o.full && o.there)].join(" | "));
  }
  const spent = rows.reduce((sum, { n }) => sum + header.n0 + n!, 0);
  const cap = rows.length * header.n;
  console.log(
    `${path}: ${spent} samples of ${rows.length} images, ${(cap / spent).toFixed(1)} times fewer than ${cap}`,
  );
}
