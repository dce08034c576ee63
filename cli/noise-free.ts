/** The accuracy without noise, reported before hours of certification: it shows at once that a model is fed wrongly. */
import { type BaseClassifier, evaluate, mostFailures } from "../certify/index.js";
import { ArgumentError, type Dataset, FileError } from "../src/index.js";
import { feedTrials } from "./feed-trials.js";
import type { FeedOptions } from "./model-source.js";
import { note, warn } from "./print.js";
import { spread } from "./spread.js";

/** A model that does not say how it is to be fed. */
export interface ForeignModel {
  /** How it is fed. */
  readonly feed: FeedOptions;
  /** Opens it fed in another way. */
  open(feed: FeedOptions): Promise<BaseClassifier>;
}

const IMAGES = 100;
/** From this share of right answers on nothing else is tried, and what is named gets so many more right. */
const WELL_FED = 0.75;
const GAIN = 0.2;

/**
 * Says how many of up to 100 of the images at `indices` are labelled right without noise, and what would raise it if
 * few are.
 */
export async function tellNoiseFree(
  classifier: BaseClassifier,
  dataset: Dataset,
  indices: readonly number[],
  foreign: ForeignModel | undefined,
): Promise<void> {
  const chosen = spread(indices.length, IMAGES).map((i) => indices[i]);
  const { right: correct } = await evaluate(classifier, dataset, chosen);
  const total = chosen.length;
  note(`  without noise: ${correct} of ${total} images right`);
  if (foreign === undefined || correct >= WELL_FED * total) return;
  const outcomes = await tryFeeds(foreign, classifier, dataset, chosen);
  const better = outcomes.filter((each) => each.correct >= correct + GAIN * total).slice(0, 3);
  const guessing = isGuessing(correct, labelsOf(dataset, chosen), classifier.classes);
  if (better.length === 0 && !guessing) return;
  const list = better.map((each) => `${each.correct} of ${total} with ${each.words}`).join("; ");
  const raise = better.length > 0 ? `it gets ${list}` : "the usual ways of scaling its input do no better";
  const verdict = guessing ? "that is no better than guessing; " : "";
  warn(`${verdict}${raise}. See --mean, --std, --scale, --layout (docs/models.md)`);
}

function labelsOf(dataset: Dataset, indices: readonly number[]): number[] {
  return indices.map((i) => dataset.example(i).label);
}

/** How rarely a classifier that guesses gets more right than is taken for guessing. */
const RARELY = 0.001;

/** Of fewer images it can't be told whether a classifier guesses. */
const FEWEST = 30;

/** Whether so few right answers are what a classifier gets that always names one class, or any at random. */
export function isGuessing(correct: number, labels: readonly number[], classes: number): boolean {
  if (labels.length < FEWEST) return false;
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const share = Math.max(1 / classes, Math.max(...counts.values()) / labels.length);
  const most = share > 0.5 ? share * labels.length : mostFailures(labels.length, share, RARELY);
  return correct <= most && correct < (labels.length * (1 + share)) / 2;
}

interface Outcome {
  readonly words: string;
  readonly correct: number;
}

/** What the model gets right when it is fed in other ways, best first. */
async function tryFeeds(
  foreign: ForeignModel,
  classifier: BaseClassifier,
  dataset: Dataset,
  indices: readonly number[],
): Promise<Outcome[]> {
  const tried = new Set([classifier.hash]);
  const outcomes: Outcome[] = [];
  for (const { words, feed } of feedTrials(dataset, foreign.feed)) {
    const other = await ifFits(() => foreign.open(feed));
    if (other === undefined) continue;
    const isNew = !tried.has(other.hash);
    const found = isNew ? await ifFits(() => evaluate(other, dataset, indices)) : undefined;
    if (found !== undefined) outcomes.push({ words, correct: found.right });
    tried.add(other.hash);
    await other.close?.();
  }
  return outcomes.sort((a, b) => b.correct - a.correct);
}

/** What comes of a way to feed the model; nothing where the model doesn't take it, or answers with NaN. */
async function ifFits<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof FileError || error instanceof ArgumentError) return undefined;
    throw error;
  }
}
