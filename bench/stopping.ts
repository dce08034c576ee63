import { CounterRandom, gaussianTheorem, STREAM } from "smoothcert";
import {
  ANYTIME_BOUNDS,
  type CertifySettings,
  certifies,
  decide,
  endsAt,
  looksOf,
  readHeader,
  readLog,
  type Votes,
} from "smoothcert/certify";

/**
 * What stopping saves and costs: simulated runs of images that get votes as often as those of a log did, nA + 1/2 in n
 * + 1. Each run goes on to n after it would have stopped, and is compared with the fixed run on the same votes. After
 * `npm run build`: node dist/bench/stopping.js LOG [runs an image]
 */

const GRIDS = [1, 1.25, 1.5].map((top) => Array.from({ length: 4 * top + 1 }, (_, i) => i / 4));
const CAP = 100_000;
const N0 = 100;
const ALPHA = 0.001;

interface Walk {
  /** Votes for class A at each look. */
  readonly votes: readonly number[];
  /** Of the selection: those that the log has. */
  readonly votes0: number;
}

/** Draws the samples that miss class A, by the gaps between them. */
function walk(p: number, votes0: number, looks: readonly number[], random: CounterRandom): Walk {
  const votes: number[] = [];
  const gap = (): number => 1 + Math.floor(Math.log(1 - random.uniform()) / Math.log(p));
  let misses = 0;
  let nextMiss = gap();
  for (const look of looks) {
    for (; nextMiss <= look; nextMiss += gap()) misses += 1;
    votes.push(look - misses);
  }
  return { votes, votes0 };
}

interface Cost {
  readonly samples: number;
  /** Radii of the grid that the stopped run certifies, and the fixed one. */
  readonly stopped: number;
  readonly fixed: number;
  readonly reachedCap: boolean;
}

function cost(
  { votes, votes0 }: Walk,
  looks: readonly number[],
  settings: CertifySettings,
  grid: readonly number[],
  sigma: number,
): Cost {
  const theorem = { ...gaussianTheorem(sigma), distance: 0 };
  const at = (i: number): Votes => ({ counts0: [votes0, N0 - votes0], counts: [votes[i], looks[i] - votes[i]], v: 1 });
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

async function main(file: string, runs: number): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  if (header === undefined) throw new Error(`${file}: expected a log with its header`);
  const { sigma } = header;
  console.log("| grid up to | interval | samples an image | times fewer | at the cap | lost | gained |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const grid of GRIDS) {
    for (const interval of ANYTIME_BOUNDS) {
      const stop = { kind: "radii", radii: grid } as const;
      const settings: CertifySettings = { n0: N0, n: CAP, alpha: ALPHA, interval, stop };
      const looks = looksOf(settings);
      const costs = rows.flatMap(({ idx, nA = 0, n = 1, counts0 = [] }) => {
        const random = new CounterRandom({ seed: 0, stream: STREAM.theory, example: idx, sample: 0 });
        const p = (nA + 0.5) / (n + 1);
        const votes0 = counts0.reduce((most, [, votes]) => Math.max(most, votes), 0);
        return Array.from({ length: runs }, () => cost(walk(p, votes0, looks, random), looks, settings, grid, sigma));
      });
      const mean = costs.reduce((sum, { samples }) => sum + samples, 0) / costs.length;
      const lost = share(costs, ({ stopped, fixed }) => stopped < fixed);
      const gained = share(costs, ({ stopped, fixed }) => stopped > fixed);
      const atCap = share(costs, ({ reachedCap }) => reachedCap);
      const times = ((CAP + N0) / mean).toFixed(1);
      console.log(`| ${grid.at(-1)} | ${interval} | ${mean.toFixed(0)} | ${times} | ${atCap} | ${lost} | ${gained} |`);
    }
  }
}

await main(process.argv[2] ?? "certify.tsv", Number(process.argv[3] ?? 20));
