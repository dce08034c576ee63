import type { LogFiles, ModelFacts, Moment, PageCertificate, PageImage, RunSettings } from "../messages.js";
import { Engine, type Provider } from "./engine.js";
import { type Point, pointOf, withPoint } from "./history.js";

/** Whether there is a model, and what it is at. */
export type Status = "no model" | "opening" | "ready" | "running" | "paused";

/** What has come of an image. */
export interface Result {
  readonly moment: Moment;
  readonly points: readonly Point[];
  /** Undefined while votes arrive. */
  readonly certificate: PageCertificate | undefined;
}

/** A model, images, and their certificates under one set of settings. */
export class Session {
  readonly #changed: () => void;
  #engine: Engine | undefined;
  #provider: Provider = "wasm";
  #bytes: Uint8Array = new Uint8Array();
  #status: Status = "no model";
  #model: ModelFacts | undefined;
  #images: readonly PageImage[] = [];
  #results = new Map<number, Result>();
  #settings: RunSettings | undefined;
  #largestRadius = 0;
  #underWay: number | undefined;

  /** @param changed is called after each change of what the session tells */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get status(): Status {
    return this.#status;
  }

  get model(): ModelFacts | undefined {
    return this.#model;
  }

  get images(): readonly PageImage[] {
    return this.#images;
  }

  get results(): ReadonlyMap<number, Result> {
    return this.#results;
  }

  /** The settings of the results; undefined where there are none. */
  get settings(): RunSettings | undefined {
    return this.#settings;
  }

  /** The radius that is certified if all votes agree. */
  get largestRadius(): number {
    return this.#largestRadius;
  }

  /** The image whose votes arrive, or did last. */
  get underWay(): number | undefined {
    return this.#underWay;
  }

  /** The images that have no certificate yet. */
  get remaining(): number {
    return this.#images.length - [...this.#results.values()].filter(({ certificate }) => certificate).length;
  }

  /** Opens a model in the place of the one that is there; images stay if they are of its shape. */
  async open(name: string, bytes: Uint8Array): Promise<void> {
    const shape = this.#model?.shape.join();
    this.#bytes = bytes;
    this.#model = undefined;
    const model = await this.#openEngine(name);
    if (model.shape.join() !== shape) this.#images = [];
    this.#images = this.#images.map((image) => ({ ...image, label: undefined }));
    this.#changed();
  }

  /** Computes in another way, from the beginning. */
  async computeBy(provider: Provider): Promise<void> {
    this.#provider = provider;
    await this.startOver();
  }

  /** Forgets all votes, and stops what is under way. */
  async startOver(): Promise<void> {
    if (this.#model !== undefined) await this.#openEngine(this.#model.name);
  }

  async #openEngine(name: string): Promise<ModelFacts> {
    this.#engine?.close();
    const engine = new Engine(this.#provider, (idx, moment) => this.#receive(idx, moment));
    this.#engine = engine;
    this.#forget();
    this.#become("opening");
    try {
      this.#model = await engine.ask("open", { name, bytes: this.#bytes });
      this.#become("ready");
      return this.#model;
    } catch (error) {
      if (engine === this.#engine) this.#become("no model");
      throw error;
    }
  }

  #forget(): void {
    this.#results = new Map();
    this.#settings = undefined;
    this.#underWay = undefined;
  }

  /** Adds images behind those that are there: the index of an image is part of where its noise comes from. */
  add(images: readonly PageImage[]): void {
    this.#images = [...this.#images, ...images];
    this.#changed();
  }

  /** Takes all images away, and the votes with them. */
  async clear(): Promise<void> {
    this.#images = [];
    await this.startOver();
  }

  /** Says which class an image is of. */
  label(idx: number, label: number | undefined): void {
    this.#images = this.#images.map((image, i) => (i === idx ? { ...image, label } : image));
    this.#changed();
  }

  /**
   * Certifies the images that have no certificate yet, one after the other, those too that are added meanwhile.
   *
   * @throws Error for settings that certify nothing, and for what goes wrong in the worker
   */
  async start(settings: RunSettings): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    if (JSON.stringify(settings) !== JSON.stringify(this.#settings)) this.#forget();
    this.#largestRadius = await engine.ask("plan", settings);
    this.#settings = settings;
    this.#become("running");
    try {
      while (engine === this.#engine && this.remaining > 0) await this.#certifyNext(engine, settings);
    } finally {
      if (engine === this.#engine) this.#become("ready");
    }
  }

  async #certifyNext(engine: Engine, settings: RunSettings): Promise<void> {
    const idx = this.#images.findIndex((_, i) => this.#results.get(i)?.certificate === undefined);
    this.#underWay = idx;
    const certificate = await engine.ask("certify", { settings, idx, pixels: this.#images[idx].pixels });
    const result = this.#results.get(idx);
    if (result !== undefined) this.#results.set(idx, { ...result, certificate });
    this.#changed();
  }

  #receive(idx: number, moment: Moment): void {
    const points = this.#results.get(idx)?.points ?? [];
    const point = pointOf(moment);
    const more = point === undefined ? points : withPoint(points, point);
    this.#results.set(idx, { moment, points: more, certificate: undefined });
    this.#changed();
  }

  pause(): void {
    this.#engine?.pause();
    this.#become("paused");
  }

  goOn(): void {
    this.#engine?.goOn();
    this.#become("running");
  }

  /** The log of the certificates so far. @throws Error unless each image has a label */
  async log(): Promise<LogFiles> {
    const certificates = new Map<number, PageCertificate>();
    for (const [idx, { certificate }] of this.#results) if (certificate) certificates.set(idx, certificate);
    return this.#engine!.ask("log", { settings: this.#settings!, images: this.#images, certificates });
  }

  #become(status: Status): void {
    this.#status = status;
    this.#changed();
  }
}
