import { ABSTAIN, floorTo } from "../../certify/core.js";
import type { ModelFacts, PageImage, RunSettings } from "../messages.js";
import { byId, element } from "./dom.js";
import type { Result, Session } from "./session.js";

/** Draws the table of the certificates again where there are more of them, or other labels. */
export class ResultsView {
  readonly #session: Session;
  readonly #show: (idx: number) => void;
  #drawn: readonly unknown[] = [];

  /** @param show is called with an image that a person wants to see the votes of */
  constructor(session: Session, show: (idx: number) => void) {
    this.#session = session;
    this.#show = show;
  }

  draw(): void {
    const { model, images, results, settings } = this.#session;
    const done = [...results].filter(([, { certificate }]) => certificate !== undefined).sort(([a], [b]) => a - b);
    const drawn = [done.length, images, settings];
    if (drawn.every((part, i) => part === this.#drawn[i])) return;
    this.#drawn = drawn;
    byId("results-area").hidden = done.length === 0;
    if (model === undefined || settings === undefined) return;
    byId("results-caption").textContent = captionOf(settings);
    byId("results").replaceChildren(...done.map(([idx, result]) => this.#row(idx, result, images[idx], model)));
  }

  #row(idx: number, result: Result, { name, label }: PageImage, model: ModelFacts): HTMLElement {
    const button = element("button", { type: "button", ariaLabel: `Votes of image ${idx}` }, String(idx));
    button.addEventListener("click", () => this.#show(idx));
    const cells = [name, label === undefined ? "" : model.classes[label], ...cellsOf(result, model)];
    const first = element("th", { scope: "row" }, button);
    return element("tr", {}, first, ...cells.map((text) => element("td", {}, text)));
  }
}

function cellsOf({ certificate }: Result, { classes }: ModelFacts): string[] {
  if (certificate === undefined) return [];
  const { predict, radius, n, pALower } = certificate;
  const answer = predict === ABSTAIN ? "abstains" : classes[predict];
  return [answer, floorTo(radius, 4), n.toLocaleString("en"), floorTo(pALower, 5)];
}

function captionOf({ sigma, n0, n, alpha, seed, precision }: RunSettings): string {
  const stop = precision === undefined ? "" : `, or fewer where n would hardly add ${precision} to the radius`;
  return `sigma ${sigma}, n0 ${n0}, n ${n}${stop}, alpha ${alpha}, seed ${seed}; radii are rounded down`;
}
