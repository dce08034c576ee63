import type { SampledTheorem } from "smoothcert";
import {
  averageCertifiedRadius,
  BOUNDED_CLASSES,
  decide,
  type LogHeader,
  type LogRow,
  readHeader,
  readLog,
  theoremOfHeader,
  type Votes,
  votesIn,
  votesOf,
} from "smoothcert/certify";

/**
 * What each choice of bounds makes of the same votes: average certified radius, in all and by the share of votes for
 * class A. After `npm run build`: node dist/bench/bounds.js LOG [LOG ...]
 */

interface Derived {
  /** Of votes for class A, in the estimation. */
  readonly share: number;
  /** For each name: the certified radius, 0 where the class isn't the label. */
  readonly radii: Readonly<Record<string, number>>;
}

const SHARES = [0, 0.5, 0.7, 0.9, 0.99, 0.999, 1.001];

function derive(row: LogRow, header: LogHeader, theorem: SampledTheorem): Derived {
  const votes = votesOf(row, header);
  const radius = (by: Votes, bound: LogHeader["bound"], label: number): number => {
    const decision = decide(by, { ...header, bound }, theorem);
    return decision.predict === label ? decision.radius : 0;
  };
  const own = BOUNDED_CLASSES.map((bound) => [bound, radius(votes, bound, row.label)] as const);
  const cA = inOrder(votes.counts0)[0];
  const parted = cA === row.label ? radius(byPart(votes), "multi-class", 0) : 0;
  return {
    share: votes.counts[cA] / votesIn(votes.counts),
    radii: { ...Object.fromEntries(own), "class partitioning": parted },
  };
}

/**
 * The votes of sets of classes, made by the selection: class A, the second, further ones as long as the rest has more
 * votes than the second, and the rest (Delattre et al., AISTATS 2025). Bounds for every set are then that method's.
 */
function byPart({ counts0, counts, v }: Votes): Votes {
  const [cA, second, ...left] = inOrder(counts0);
  const parts = [[cA], [second]];
  while (sumOf(left, counts0) > counts0[second]) parts.push(left.splice(0, 1));
  if (left.length > 0) parts.push(left);
  return { counts0: parts.map((part) => sumOf(part, counts0)), counts: parts.map((part) => sumOf(part, counts)), v };
}

/** The classes by falling votes; the first of equals first. */
function inOrder(counts: ArrayLike<number>): number[] {
  return Array.from(counts, (_, c) => c).sort((a, b) => counts[b] - counts[a]);
}

const sumOf = (classes: readonly number[], counts: ArrayLike<number>): number =>
  classes.reduce((sum, c) => sum + counts[c], 0);

function line(name: string, images: readonly Derived[]): string {
  const names = Object.keys(images[0].radii);
  const mean = (bound: string): number => images.reduce((sum, { radii }) => sum + radii[bound], 0) / images.length;
  const first = mean(names[0]);
  const cells = names.map((bound) => {
    const gain = first > 0 ? ` (${(100 * (mean(bound) / first - 1)).toFixed(2)}%)` : "";
    return `${mean(bound).toFixed(4)}${bound === names[0] ? "" : gain}`;
  });
  return `| ${[name, images.length, ...cells].join(" | ")} |`;
}

async function report(file: string): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  const theorem = header && theoremOfHeader(header);
  if (header === undefined || theorem === undefined) throw new Error(`${file}: expected a log of ours with its header`);
  const images = rows.map((row) => derive(row, header, theorem));
  console.log(`\n${file}: n = ${header.n}, ACR as logged ${averageCertifiedRadius(rows).toFixed(4)}`);
  console.log(`| share of votes for A | images | ${Object.keys(images[0].radii).join(" | ")} |`);
  console.log(line("all", images));
  for (const [i, from] of SHARES.slice(0, -1).entries()) {
    const those = images.filter(({ share }) => share >= from && share < SHARES[i + 1]);
    if (those.length > 0) console.log(line(`from ${from}`, those));
  }
}

for (const file of process.argv.slice(2)) await report(file);
