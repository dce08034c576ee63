import type { ModelFacts, PageImage } from "../messages.js";
import { drawn } from "./decode.js";
import { byId, element } from "./dom.js";
import type { Session } from "./session.js";

/** Draws the images again where there are others, or other labels. */
export class ImagesView {
  readonly #session: Session;
  readonly #show: (idx: number) => void;
  #drawn: readonly PageImage[] = [];
  #shown: number | undefined;

  /** @param show is called with an image that a person wants to see the votes of */
  constructor(session: Session, show: (idx: number) => void) {
    this.#session = session;
    this.#show = show;
  }

  draw(shown: number | undefined): void {
    const { images, model } = this.#session;
    if (model === undefined || (images === this.#drawn && shown === this.#shown)) return;
    const labelled = document.activeElement?.id;
    this.#drawn = images;
    this.#shown = shown;
    byId("images").replaceChildren(...images.map((image, idx) => this.#item(image, idx, model)));
    byId("images-clear").hidden = images.length === 0;
    if (labelled?.startsWith("label-")) byId(labelled)?.focus();
  }

  #item({ name, pixels, label }: PageImage, idx: number, { shape, classes }: ModelFacts): HTMLElement {
    const picture = drawn(pixels, shape);
    picture.ariaHidden = "true";
    const show = element("button", { type: "button" }, `${idx}: ${name}`);
    show.addEventListener("click", () => this.#show(idx));
    const field = classes.length > MOST_CHOICES ? numberField(classes.length) : choiceOf(classes);
    field.id = `label-${idx}`;
    field.value = label === undefined ? "" : String(label);
    field.addEventListener("change", () => {
      const valid = field.value !== "" && field.checkValidity();
      this.#session.label(idx, valid ? Number(field.value) : undefined);
    });
    const labelled = element("label", {}, "true class ", field);
    return element("li", { className: idx === this.#shown ? "shown" : "" }, picture, show, labelled);
  }
}

/** Classes of which one is chosen by name; of more, the number is written. */
const MOST_CHOICES = 100;

function choiceOf(classes: readonly string[]): HTMLSelectElement {
  const options = classes.map((name, c) => element("option", { value: String(c) }, name));
  return element("select", {}, element("option", { value: "" }, "not said"), ...options);
}

function numberField(classes: number): HTMLInputElement {
  return element("input", { type: "number", min: "0", max: String(classes - 1), placeholder: "not said" });
}
