/** Files that are dropped on the page or chosen. */
import type { ImageShape } from "../../certify/core.js";
import type { PageImage } from "../messages.js";
import { decodeImage } from "./decode.js";
import { idxImages, isIdx, readIdx } from "./idx.js";

/** Images that a page takes of a file that has many. */
export const MOST_OF_A_FILE = 100;

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
 * @throws Error naming the file that is no such file, or of another shape
 */
export async function readImages(files: readonly File[], shape: ImageShape): Promise<PageImage[]> {
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
    if (array.dimensions.length === 1) labels = array.values;
    else {
      const some = idxImages(file.name, array, shape).slice(0, MOST_OF_A_FILE);
      images.push(...some.map((pixels, i) => ({ name: `${file.name} ${i}`, pixels, label: undefined })));
    }
  }
  return labels === undefined ? images : images.map((image, i) => ({ ...image, label: labels[i] }));
}
