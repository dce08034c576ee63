/** Files that are dropped on the page or chosen. */
import type { ModelFacts, PageImage } from "../messages.js";
import { decodeImage } from "./decode.js";
import { type IdxArray, idxImages, isIdx, readIdx } from "./idx.js";

/** Images that a page takes of a file that has many. */
export const MOST_OF_A_FILE = 100;

/** Keeps a file that misses the areas from being opened in the page's place. */
export function refuseOtherDrops(): void {
  for (const event of ["dragover", "drop"]) document.addEventListener(event, (dropped) => dropped.preventDefault());
}

/** Calls `take` with files that are dropped on an area, or chosen in the field within it. */
export function onFiles(area: HTMLElement, take: (files: readonly File[]) => void): void {
  const input = area.querySelector("input") as HTMLInputElement;
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.value = "";
  });
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/**
 * The images of files: PNG and JPEG, or IDX files of images, with their labels where a file of labels comes with them.
 *
 * @throws Error naming the file that is no such file, or isn't for the model
 */
export async function readImages(files: readonly File[], { shape, classes }: ModelFacts): Promise<PageImage[]> {
  const images: PageImage[] = [];
  let labels: Uint8Array | undefined;
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!isIdx(bytes)) {
      const { pixels, stretchedFrom } = await decodeImage(file, shape);
      const name = stretchedFrom === undefined ? file.name : `${file.name} (stretched from ${stretchedFrom})`;
      images.push({ name, pixels, label: undefined });
      continue;
    }
    const array = readIdx(file.name, bytes);
    if (array.dimensions.length === 1) labels = labelsOf(file.name, array, classes.length);
    else {
      const some = idxImages(file.name, array, shape).slice(0, MOST_OF_A_FILE);
      images.push(...some.map((pixels, i) => ({ name: `${file.name} ${i}`, pixels, label: undefined })));
    }
  }
  return labels === undefined ? images : images.map((image, i) => ({ ...image, label: labels[i] }));
}

function labelsOf(name: string, { values }: IdxArray, classes: number): Uint8Array {
  const wrong = values.findIndex((label) => label >= classes);
  if (wrong === -1) return values;
  throw new Error(`${name}: expected labels in [0, ${classes - 1}], found ${values[wrong]} at index ${wrong}`);
}
