import type { ModelFacts, PageImage } from "../messages.js";
import { joinedPixels } from "../pixels.js";
import { byId, element } from "./dom.js";
import { writeNpy } from "./npy.js";
import type { Session } from "./session.js";

/** A file to take home. */
interface Download {
  readonly name: string;
  readonly about: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** Offers the log and its images, or says what is missing for that. */
export class Downloads {
  readonly #session: Session;
  #urls: string[] = [];
  #offered: unknown;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes the files anew where something has changed since they were made. */
  async draw(): Promise<void> {
    const { model, images, settings, status, remaining } = this.#session;
    const unlabelled = images.filter(({ label }) => label === undefined).length;
    const ready = model !== undefined && settings !== undefined && status === "ready" && remaining === 0;
    byId("log-wait").textContent = waitText(ready, unlabelled);
    const offered = ready && unlabelled === 0 ? images : undefined;
    if (offered === this.#offered) return;
    this.#offered = offered;
    this.#withdraw();
    if (offered === undefined || model === undefined) return;
    const { tsv, json } = await this.#session.log();
    if (this.#offered !== offered) return;
    this.#offer([
      { name: "certify.tsv", about: "the log, a row for each image", content: tsv },
      { name: "certify.json", about: "its header", content: json },
      ...dataFiles(offered, model),
    ]);
    byId("audit-command").textContent = commandsOf(model.name);
    byId("audit").hidden = false;
  }

  #offer(files: readonly Download[]): void {
    const items = files.map(({ name, about, content }) => {
      const href = URL.createObjectURL(new Blob([content]));
      this.#urls.push(href);
      return element("li", {}, element("a", { href, download: name }, name), `: ${about}`);
    });
    byId("downloads").replaceChildren(...items);
    byId("downloads").hidden = false;
  }

  #withdraw(): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
    byId("downloads").hidden = true;
    byId("audit").hidden = true;
  }
}

function dataFiles(images: readonly PageImage[], { shape, classes }: ModelFacts): Download[] {
  const labels = Int32Array.from(images, ({ label }) => label as number);
  return [
    { name: "images.npy", about: "the images", content: writeNpy(joinedPixels(images), [images.length, ...shape]) },
    { name: "labels.npy", about: "their true classes", content: writeNpy(labels, [images.length]) },
    { name: "classes.txt", about: "the names of the classes", content: `${classes.join("\n")}\n` },
  ];
}

function waitText(ready: boolean, unlabelled: number): string {
  if (!ready) return "It can be taken home when all images are done.";
  if (unlabelled === 0) return "";
  const images = unlabelled === 1 ? "one image has none" : `${unlabelled} images have none`;
  return `A log compares the answers with true classes, and ${images}: say them beside the images.`;
}

function commandsOf(model: string): string {
  const files = `certify.tsv --model ${model} --data npy:images.npy,labels.npy`;
  return `smoothcert audit ${files} --redraw all\nsmoothcert report ${files}`;
}
