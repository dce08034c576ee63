import { parseArgs } from "node:util";
import { CounterRandom, gaussianTheorem, normalCdf, STREAM } from "smoothcert";
import {
  ANYTIME_BOUNDS,
  type BoundedClasses,
  type CertifySettings,
  certifies,
  decide,
  denseCounts,
  endsAt,
  type LogRow,
  looksOf,
  readHeader,
  readLog,
  type Votes,
} from "smoothcert/certify";

/**
 * What stopping saves and costs: simulated runs of images that get votes as often as those of a log did: class A nA +
 * 1/2 in n + 1, the others what is left, by their votes. Each run goes on to n after it would have stopped, and is
 * compared with the fixed, one-sided run on the same votes. A log without votes, such as Cohen et al.'s, tells the
 * share of class A by its radius. After `npm run build`: node dist/bench/stopping.js LOG [--runs R per image] [--bound
 * one-sided or per-image] [--patience X] [--sigma S, for a log without votes]
 */

const GRIDS = [1, 1.25, 1.5].map((top) => Array.from({ length: 4 * top + 1 }, (_, i) => i / 4));
const CAP = 100_000;
const N0 = 100;
const ALPHA = 0.001;

/** Votes by class at each look, class A first. */
type Walk = readonly (readonly number[])[];

/** What a log says of an image, class A first. */
interface Image {
  readonly idx: number;
  /** Votes of the selection. */
  readonly counts0: readonly number[];
  /** Votes of the estimation. */
  readonly counts: readonly number[];
}

/**
 * An image of a log without votes: as many for class A as its radius says, all others for one class; half of them for A
 * where it abstains.
 */
function published({ idx, radius }: LogRow, sigma: number): Image {
  const p = normalCdf(radius / sigma);
  const votes = (n: number): readonly number[] => [Math.round(n * p), n - Math.round(n * p)];
  return { idx, counts0: votes(N0), counts: votes(CAP) };
}

function imageOf({ idx, counts0 = [], counts = [] }: LogRow, classes: number): Image {
  const first = Array.from(denseCounts(counts0, classes));
  const cA = first.indexOf(Math.max(...first));
  const inOrder = (votes: readonly number[]): number[] => [votes[cA], ...votes.filter((_, c) => c !== cA)];
  return { idx, counts0: inOrder(first), counts: inOrder(Array.from(denseCounts(counts, classes))) };
}

/** Draws the samples that miss class A, by the gaps between them, and the class of each. */
function walk(
  { counts: [nA, ...others] }: Image,
  looks: readonly number[],
  gaps: CounterRandom,
  to: CounterRandom,
): Walk {
  const p = (nA + 0.5) / (nA + sum(others) + 1);
  const gap = (): number => 1 + Math.floor(Math.log(1 - gaps.uniform()) / Math.log(p));
  const misses = others.map(() => 0);
  let nextMiss = gap();
  return looks.map((look) => {
    for (; nextMiss <= look; nextMiss += gap()) misses[pick(others, to)] += 1;
    return [look - sum(misses), ...misses];
  });
}

const sum = (votes: readonly number[]): number => votes.reduce((all, count) => all + count, 0);

/** An index, as often as its weight says; the first if none has any. */
function pick(weights: readonly number[], random: CounterRandom): number {
  let left = random.uniform() * sum(weights);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return Math.max(index, 0);
}

interface Cost {
  readonly samples: number;
  /** Radii of the grid that the stopped run certifies, and the fixed one. */
  readonly stopped: number;
  readonly fixed: number;
  readonly reachedCap: boolean;
}

function cost(
  votes: Walk,
  counts0: readonly number[],
  looks: readonly number[],
  settings: CertifySettings,
  grid: readonly number[],
  sigma: number,
): Cost {
  const theorem = { ...gaussianTheorem(sigma), distance: 0 };
  const at = (i: number): Votes => ({ counts0, counts: votes[i], v: 1 });
  const end = looks.findIndex((_, i) => endsAt(at(i), settings, theorem));
  const certified = (i: number, by: CertifySettings): number => {
    const decision = decide(at(i), by, theorem);
    return grid.filter((radius) => certifies(decision, radius)).length;
  };
  const fixed: CertifySettings = { n0: N0, n: CAP, alpha: ALPHA };
  return {
    samples: N0 + looks[end],
    stopped: certified(end, settings),
    fixed: certified(looks.length - 1, fixed),
    reachedCap: looks[end] === CAP,
  };
}

const share = (values: readonly Cost[], of: (cost: Cost) => boolean): string =>
  `${((100 * values.filter(of).length) / values.length).toFixed(2)} %`;

interface Asked {
  readonly runs: number;
  readonly bound: BoundedClasses;
  readonly patience: number | undefined;
  /** NaN where none is given. */
  readonly level: number;
}

async function main(file: string, { runs, bound, patience, level }: Asked): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  if (header === undefined && !(level > 0)) throw new Error(`${file}: expected a log with its header, or --sigma`);
  const sigma = header?.sigma ?? level;
  const images = rows.map((row) => (header ? imageOf(row, header.data.classes.length) : published(row, sigma)));
  console.log("| grid up to | interval | samples per image | times fewer | at the cap | lost | gained |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const grid of GRIDS) {
    for (const interval of ANYTIME_BOUNDS) {
      const stop = { kind: "radii", radii: grid, patience } as const;
      const settings: CertifySettings = { n0: N0, n: CAP, alpha: ALPHA, bound, interval, stop };
      const looks = looksOf(settings);
      const costs = images.flatMap((image) => {
        const address = { seed: 0, stream: STREAM.theory, example: image.idx };
        const [gaps, to] = [0, 1].map((sample) => new CounterRandom({ ...address, sample }));
        return Array.from({ length: runs }, () =>
          cost(walk(image, looks, gaps, to), image.counts0, looks, settings, grid, sigma),
        );
      });
      const mean = sum(costs.map(({ samples }) => samples)) / costs.length;
      const lost = share(costs, ({ stopped, fixed }) => stopped < fixed);
      const gained = share(costs, ({ stopped, fixed }) => stopped > fixed);
      const atCap = share(costs, ({ reachedCap }) => reachedCap);
      const times = ((CAP + N0) / mean).toFixed(1);
      console.log(`| ${grid.at(-1)} | ${interval} | ${mean.toFixed(0)} | ${times} | ${atCap} | ${lost} | ${gained} |`);
    }
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "20" },
    bound: { type: "string", default: "one-sided" },
    patience: { type: "string" },
    sigma: { type: "string" },
  },
});
await main(positionals[0] ?? "certify.tsv", {
  runs: Number(values.runs),
  bound: values.bound as BoundedClasses,
  patience: values.patience === undefined ? undefined : Number(values.patience),
  level: Number(values.sigma),
});
