/** What the page and its worker say to each other. */
import type { CertifySettings, Decision, ImageShape } from "../certify/core.js";

/** The settings of a run, as the form has them. */
export interface RunSettings {
  /** Standard deviation of the noise, for pixels in [0, 1]. */
  readonly sigma: number;
  readonly n0: number;
  readonly n: number;
  readonly alpha: number;
  readonly seed: number;
  /** Noisy copies in a batch; votes don't depend on it. */
  readonly batch: number;
  /** The radius that more samples must be able to add, or an image ends before n; undefined where each takes all n. */
  readonly precision: number | undefined;
}

/**
 * The settings of the certificates. The bound is one that holds at all moments together, since the page shows it at all
 * moments, and lets a person stop.
 */
export function certifySettings({ n0, n, alpha, precision }: RunSettings): CertifySettings {
  const stop = precision === undefined ? undefined : { kind: "precision" as const, precision };
  return { n0, n, alpha, bound: "one-sided", interval: "betting-prior", stop };
}

/** An image as the model takes it, HWC. */
export interface PageImage {
  readonly name: string;
  readonly pixels: Uint8Array;
  /** Its true class; undefined where nobody has said. */
  readonly label: number | undefined;
}

/** What is known of an opened model. */
export interface ModelFacts {
  readonly name: string;
  readonly shape: ImageShape;
  /** The names of its classes. */
  readonly classes: readonly string[];
  readonly hash: string;
  readonly runtime: string;
  /** Standard deviation of the noise that it was trained with, where its file tells. */
  readonly trainingSigma: number | undefined;
  readonly notes: readonly string[];
}

/** The certificate of an image, without what can be derived from it. */
export interface PageCertificate extends Decision {
  readonly n: number;
  readonly counts0: Uint32Array;
  readonly counts: Uint32Array;
  readonly seconds: number;
}

/** The votes of an image so far, and what they prove. */
export interface Moment {
  readonly counts0: Uint32Array;
  readonly counts: Uint32Array;
  /** The class that the selection chose; undefined before. */
  readonly cA: number | undefined;
  /** What the votes of the estimation prove by now; undefined before the first. */
  readonly decision: Decision | undefined;
  /** Upper confidence bound on the probability of class A, by itself as the lower one is. */
  readonly pAUpper: number;
}

/** The certificates of a run so far, by the index of their image. */
export type Certificates = ReadonlyMap<number, PageCertificate>;

/** What a log is made of. */
export interface LoggedImages {
  readonly settings: RunSettings;
  readonly images: readonly PageImage[];
  readonly certificates: Certificates;
}

/** The files of a log. */
export interface LogFiles {
  readonly tsv: string;
  readonly json: string;
}

/** What the worker does, each with what it is given and what it gives. */
export interface Tasks {
  open: [{ readonly name: string; readonly bytes: Uint8Array }, ModelFacts];
  /** Looks at settings before the first sample; gives the radius that is certified if all votes agree. */
  plan: [RunSettings, number];
  certify: [{ readonly settings: RunSettings; readonly idx: number; readonly pixels: Uint8Array }, PageCertificate];
  log: [LoggedImages, LogFiles];
}

/** What the worker is asked: a task, or to hold and to go on with what it does. */
export type Request =
  | { [K in keyof Tasks]: { readonly task: K; readonly id: number; readonly given: Tasks[K][0] } }[keyof Tasks]
  | { readonly task: "pause" | "go on" };

/** What the worker says: moments of an image under way, and of each task what it gave, or why it gave nothing. */
export type Answer =
  | { readonly idx: number; readonly moment: Moment }
  | { readonly id: number; readonly gave: Tasks[keyof Tasks][1] }
  | { readonly id: number; readonly failure: string };
