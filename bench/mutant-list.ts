/** One wrong change of the sources, which the tests must notice. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

const DECISION = "certify/theorem/decision.ts";
const VOTES_FILE = "certify/theorem/votes.ts";
const LEVELS_FILE = "certify/theorem/levels.ts";
const LEVEL = "relianceOf(votes, settings, theorem)";
const LOOKS = "certify/theorem/looks.ts";
const CONFIDENCE_BOUND = "certify/theorem/confidence-bound.ts";
const LOWER = "lessDistance(bounds.lower(cAHat), theorem.distance)";
const UPPER = "plusDistance(most, theorem.distance)";
const SMOOTHED = "certify/sampling/smoothed-classifier.ts";
const DRAW = "const v = boundDraw(this.seed, example);";
const RADIUS = "src/smoothing/gaussian-theorem.ts";
const ONE_SIDED = "nextDown(sigma * normalQuantileLower(pALower))";
const UNIFORM = "src/smoothing/uniform-float.ts";
const UNIFORM_RADIUS = "2 * lambda * (pALower - 0.5)";
const BOUND = "certify/bounds/clopper-pearson.ts";
const BETTING = "certify/bounds/betting.ts";

/** The level of confidence. */
const LEVELS: readonly Mutant[] = [
  { name: "alpha ignored: always 0.05", file: DECISION, from: LEVEL, to: levelFor("0.05") },
  { name: "alpha doubled", file: DECISION, from: LEVEL, to: levelFor("Math.min(0.5, 2 * settings.alpha)") },
  { name: "alpha halved", file: DECISION, from: LEVEL, to: levelFor("settings.alpha / 2") },
  {
    name: "multi-class: alpha instead of alpha/K",
    file: LEVELS_FILE,
    from: "return others ? candidates + (n0 > 0 ? classes - 1 : classes) : candidates;",
    to: "return candidates;",
  },
  {
    name: "no selection: alpha instead of alpha/K",
    file: LEVELS_FILE,
    from: "const candidates = n0 > 0 ? 1 : classes;",
    to: "const candidates = 1;",
  },
  { name: "per-image: alpha for each of two bounds", file: LEVELS_FILE, from: "others ? 2 : 1", to: "1" },
  {
    name: "per-image: chosen by the estimation's own votes",
    file: LEVELS_FILE,
    from: "othersPromiseMore(votes.counts0, settings, theorem)",
    to: "othersPromiseMore(votes.counts, { ...settings, n0: settings.n }, theorem)",
  },
  {
    name: "per-image: no selection, and alpha instead of alpha/K",
    file: LEVELS_FILE,
    from: 'bound === "per-image" && n0 > 0',
    to: 'bound === "per-image"',
  },
  {
    name: "per-image: refuted by the class with the most votes since",
    file: "certify/stop/outcome.ts",
    from: 'settings.bound === "per-image" ? [mostVotedOther(votes.counts0, cA)] : bounds.rivals(cA)',
    to: "bounds.rivals(cA)",
  },
  {
    name: "simultaneous: alpha undivided",
    file: "certify/theorem/simultaneous.ts",
    from: "nextDown(familyAlpha / points)",
    to: "familyAlpha",
  },
  {
    name: "prediction: one-sided p-value",
    file: "certify/theorem/prediction.ts",
    from: "2 * exp(tail.log + tail.error)",
    to: "exp(tail.log + tail.error)",
  },
];

function levelFor(alpha: string): string {
  return LEVEL.replace("settings,", `{ ...settings, alpha: ${alpha} },`);
}

/** The votes and what they are drawn from. */
const VOTES: readonly Mutant[] = [
  {
    name: "estimation on the noise of the selection",
    file: SMOOTHED,
    from: "this.#address(STREAM.estimation, example)",
    to: "this.#address(STREAM.selection, example)",
  },
  {
    name: "class selected from the estimation's votes, unpaid",
    file: DECISION,
    from: "mostVoted(n0 > 0 ? counts0 : counts)",
    to: "mostVoted(counts)",
  },
  {
    name: "counts off by one",
    file: CONFIDENCE_BOUND,
    from: "clopperPearsonLower(counts[c], spent, share, draw)",
    to: "clopperPearsonLower(Math.min(spent, counts[c] + 1), spent, share, draw)",
  },
  {
    name: "rival: the last class, not the largest",
    file: VOTES_FILE,
    from: "if (c !== cA) most = Math.max(most, counts[c]);",
    to: "if (c !== cA) most = counts[c];",
  },
];

/** The noise itself. */
const NOISE: readonly Mutant[] = [
  {
    name: "float noise of 0.99 sigma",
    file: "src/smoothing/gaussian-float.ts",
    from: "gaussianKernel(sigma) : gaussianCopies(sigma)",
    to: "gaussianKernel(0.99 * sigma) : gaussianCopies(0.99 * sigma)",
  },
  {
    name: "grid noise of 0.99 sigma",
    file: "src/noise/grid-thresholds.ts",
    from: "rational(510, sigma)",
    to: "rational(510, 0.99 * sigma)",
  },
];

/** The bounds on probabilities. */
const BOUNDS: readonly Mutant[] = [
  {
    name: "bound at the point estimate nA/n",
    file: DECISION,
    from: LOWER,
    to: "lessDistance(Math.min(nA / votesIn(counts), 1 - 1e-16), theorem.distance)",
  },
  { name: "bound at the root, not below it", file: BOUND, from: "<= target) return p;", to: "<= target) return root;" },
  { name: "upper bound rounded to nearest", file: BOUND, from: "nextUp(1 - lower)", to: "1 - lower" },
  {
    name: "the others' share rounded to nearest",
    file: DECISION,
    from: "Math.min(1, nextUp(1 - p))",
    to: "1 - p",
  },
  {
    name: "noise's distance not taken from pA",
    file: DECISION,
    from: LOWER,
    to: "bounds.lower(cAHat)",
  },
  { name: "noise's distance not added to pB", file: DECISION, from: UPPER, to: "most" },
  { name: "randomised: v always 1/2", file: SMOOTHED, from: DRAW, to: "const v = 0.5;" },
  {
    name: "randomised: v drawn twice, the better one taken",
    file: SMOOTHED,
    from: DRAW,
    to: "const v = Math.min(boundDraw(this.seed, example), boundDraw(this.seed, example + 1));",
  },
  {
    name: "randomised: v depends on the votes",
    file: SMOOTHED,
    from: "const votes: Votes = { counts0, counts, v };",
    to: "const votes: Votes = { counts0, counts, v: (Math.min(...counts0) + 1) / (settings.n0 + 1) };",
  },
  {
    name: "randomised: draw ignored",
    file: CONFIDENCE_BOUND,
    from: '"randomised-clopper-pearson" ? votes.v : 1',
    to: '"randomised-clopper-pearson" ? 1 : 1',
  },
];

/** From probabilities to a radius. */
const RADII: readonly Mutant[] = [
  { name: "radius scaled by 1.01", file: RADIUS, from: ONE_SIDED, to: `1.01 * ${ONE_SIDED}` },
  { name: "radius rounded up", file: RADIUS, from: ONE_SIDED, to: "sigma * normalQuantileUpper(pALower)" },
  { name: "radius rounded to nearest", file: RADIUS, from: ONE_SIDED, to: "sigma * normalQuantileLower(pALower)" },
  {
    name: "multi-class radius scaled by 1.01",
    file: RADIUS,
    from: "nextDown((sigma / 2) * gap)",
    to: "nextDown((sigma / 1.98) * gap)",
  },
  { name: "uniform: radius scaled by 1.01", file: UNIFORM, from: UNIFORM_RADIUS, to: `1.01 * ${UNIFORM_RADIUS}` },
  { name: "uniform: radius rounded up", file: UNIFORM, from: `nextDown(${UNIFORM_RADIUS})`, to: UNIFORM_RADIUS },
  {
    name: "multi-class radius rounded up",
    file: RADIUS,
    from: "nextDown(normalQuantileLower(pALower) - normalQuantileUpper(pBUpper))",
    to: "normalQuantileUpper(pALower) - normalQuantileLower(pBUpper)",
  },
];

/** Runs that stop. */
const STOPPING: readonly Mutant[] = [
  {
    name: "union: every look spends the whole level",
    file: LOOKS,
    from: "return (level * (1 - LAST_SHARE) * SLACK) / (looksOf(settings).length - 1);",
    to: "return level;",
  },
  {
    name: "union: all of the level at n, on top of the other looks",
    file: LOOKS,
    from: "if (look === settings.n) return level * LAST_SHARE;",
    to: "if (look === settings.n) return level;",
  },
  {
    name: "stopping allowed with a bound for a fixed number of samples",
    file: "certify/theorem/certifiable.ts",
    from: 'stop.kind === "fixed" || isAnytime(interval),',
    to: "true,",
  },
  {
    name: "every look draws the first samples again",
    file: SMOOTHED,
    from: "const address = { ...this.#address(STREAM.estimation, example), sample };",
    to: "const address = this.#address(STREAM.estimation, example);",
  },
  {
    name: "betting: the capital's threshold for both sides together",
    file: BETTING,
    from: "nextUp(nextUp(-ln(alpha)))",
    to: "nextUp(nextUp(-ln(2 * alpha)))",
  },
  {
    name: "betting-prior: bets by the estimation's own votes",
    file: CONFIDENCE_BOUND,
    from: "({ nA: counts0[c], n: settings.n0 })",
    to: "({ nA: counts[c], n: spent })",
  },
  {
    name: "betting-prior: the selection's votes counted as won",
    file: BETTING,
    from: "return all.log - before.log - (all.error + before.error + rounding);",
    to: "return all.log - (all.error + rounding);",
  },
  {
    name: "betting-prior: the capital's error added",
    file: BETTING,
    from: "return all.log - before.log - (all.error",
    to: "return all.log - before.log + (all.error",
  },
  {
    name: "betting-prior: the upper bound bets by the votes for, not against",
    file: BETTING,
    from: "{ nA: earlier.n - earlier.nA, n: earlier.n }",
    to: "earlier",
  },
  {
    name: "betting-prior: all classes bet by class A's selection",
    file: CONFIDENCE_BOUND,
    from: "bettingUpper(counts[c], spent, level, earlier(c))",
    to: "bettingUpper(counts[c], spent, level, earlier(0))",
  },
  {
    name: "betting-prior: of the others only the one with the most votes bounded",
    file: CONFIDENCE_BOUND,
    from: "rivals: (cA) => othersByVotes(votes, cA),",
    to: "rivals: (cA) => [mostVotedOther(counts, cA)],",
  },
  {
    name: "votes accepted at a number of samples that is no look",
    file: DECISION,
    from: "looksOf(settings).includes(spent)",
    to: "spent <= settings.n",
  },
];

/** Mutants, and quick tests that should notice them. */
export interface MutantGroup {
  readonly mutants: readonly Mutant[];
  readonly tests: readonly string[];
}

const DECISION_TESTS = "test/certify/theorem/decision.test.ts";
const PER_IMAGE_TESTS = "test/certify/theorem/per-image.test.ts";
const SMOOTHED_TESTS = "test/certify/sampling/smoothed-classifier.test.ts";
const NOISE_TESTS = ["test/noise/stream.test.ts", "test/noise/grid.test.ts"];
const BOUND_TESTS = ["bounds", "randomised-bound"].map((name) => `test/certify/bounds/${name}.test.ts`);
const STOP_TESTS = ["looks", "error-rate", "stopping", "selection-prior"].map(
  (name) => `test/certify/stop/${name}.test.ts`,
);
const RADIUS_TESTS = ["gaussian-radius", "uniform"].map((name) => `test/smoothing/${name}.test.ts`);

export const GROUPS: readonly MutantGroup[] = [
  { mutants: LEVELS, tests: [DECISION_TESTS, PER_IMAGE_TESTS, SMOOTHED_TESTS] },
  { mutants: VOTES, tests: [DECISION_TESTS, SMOOTHED_TESTS] },
  { mutants: NOISE, tests: NOISE_TESTS },
  { mutants: BOUNDS, tests: [DECISION_TESTS, ...BOUND_TESTS] },
  { mutants: RADII, tests: [DECISION_TESTS, ...RADIUS_TESTS] },
  { mutants: STOPPING, tests: [...STOP_TESTS, "test/certify/bounds/betting.test.ts"] },
];
