import { encodePng } from "../../../src/index.js";
import type { Picture, PicturesBlock, View } from "../blocks.js";
import { barRows } from "./bars.js";
import { escaped } from "./escape.js";

/** Images side by side, each with its votes and a link to its row. */
export async function picturesHtml({ heading, pictures }: PicturesBlock): Promise<string> {
  const shown = await Promise.all(pictures.map(pictureHtml));
  return `<h3>${escaped(heading)}</h3><div class=pictures>${shown.join("")}</div>`;
}

async function pictureHtml({ idx, caption, views, votes }: Picture): Promise<string> {
  const images = await Promise.all(views.map(viewHtml));
  const shown = images.length === 0 ? "" : `<div class=views>${images.join("")}</div>`;
  const bars =
    votes.length === 0
      ? ""
      : `<table><thead><tr><th>class<th>votes<th class=left>share<tbody>${barRows(votes, "label")}</table>`;
  const text = `<p><a href="#i${idx}">image ${idx}</a>: ${escaped(caption)}</p>`;
  return `<div class="picture${images.length > 1 ? " wide" : ""}">${shown}${text}${bars}</div>`;
}

async function viewHtml({ text, pixels, shape }: View): Promise<string> {
  const png = Buffer.from(await encodePng(pixels, shape)).toString("base64");
  const [height, width] = shape;
  return `<img src="data:image/png;base64,${png}" width=${width} height=${height} alt="${escaped(text)}">`;
}
