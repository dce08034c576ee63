/** The page: what a person does goes to the session, and what the session tells is drawn. */
import { byId, element } from "./dom.js";
import { Downloads } from "./downloads.js";
import { ImagesView } from "./images-view.js";
import { Pad } from "./pad.js";
import { onFiles, readImages, refuseOtherDrops } from "./receive.js";
import { ResultsView } from "./results-view.js";
import { Session, type Status } from "./session.js";
import { readSettings } from "./settings.js";
import { drawVotes } from "./votes-view.js";
import { hasWebGpu } from "./webgpu.js";

const DIGITS = "digits.onnx";

/** The image whose votes a person wants to see; undefined for the one whose votes arrive. */
let wanted: number | undefined;
let due = false;

const session = new Session(drawSoon);
const pad = new Pad();
const imagesView = new ImagesView(session, show);
const resultsView = new ResultsView(session, show);
const downloads = new Downloads(session);

function show(idx: number): void {
  wanted = idx;
  drawSoon();
}

/** Draws once before the screen is painted next, however often it is asked to. */
function drawSoon(): void {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    draw();
  });
}

function draw(): void {
  const { status, images, results } = session;
  const shown = wanted !== undefined && results.has(wanted) ? wanted : session.underWay;
  const busy = status === "running" || status === "paused";
  drawModel();
  imagesView.draw(shown);
  byId<HTMLFieldSetElement>("settings-fields").disabled = busy;
  byId<HTMLButtonElement>("start").disabled = status !== "ready" || images.length === 0;
  byId<HTMLButtonElement>("pause").disabled = !busy;
  byId("pause").textContent = status === "paused" ? "Go on" : "Stop";
  byId<HTMLButtonElement>("over").disabled = results.size === 0 || status === "opening";
  byId("status").textContent = statusText(status);
  showVotes(shown !== undefined && results.has(shown));
  if (shown !== undefined) drawVotes(session, shown);
  resultsView.draw();
  attempt(downloads.draw());
}

/** Shows the votes, or none; when they begin to arrive below what is on the screen, the page goes there. */
function showVotes(shown: boolean): void {
  const area = byId("votes-area");
  const begin = shown && area.hidden;
  area.hidden = !shown;
  if (begin && area.getBoundingClientRect().top > innerHeight / 2) area.scrollIntoView();
}

function statusText(status: Status): string {
  const { images, remaining, underWay, results } = session;
  const count = `${images.length - remaining} of ${images.length} images are done`;
  if (status === "no model") return "No model is open.";
  if (status === "opening") return "Opening the model, and looking at whether it is a function of one image.";
  if (status === "running") return `Image ${underWay ?? 0}: votes arrive. ${count}.`;
  if (status === "paused") return `Stopped. What is shown holds; ${count}.`;
  if (images.length === 0) return "Ready for images.";
  return results.size === 0 ? "Ready to start." : `${count}.`;
}

let drawnModel: unknown;

function drawModel(): void {
  const { model } = session;
  if (model === drawnModel) return;
  drawnModel = model;
  byId("model-facts").hidden = model === undefined;
  byId("images-area").hidden = model === undefined;
  byId("images-wait").hidden = model !== undefined;
  if (model === undefined) return;
  const { name, shape, classes, hash, runtime, trainingSigma, notes } = model;
  const facts = [
    ["file", name],
    ["images", `${shape.join("x")} (height, width, channels)`],
    ["classes", `${classes.length}: ${classes.slice(0, 20).join(", ")}${classes.length > 20 ? ", ..." : ""}`],
    ["trained at", trainingSigma === undefined ? "its file doesn't tell" : `sigma ${trainingSigma}`],
    ["computed by", runtime],
    ["hash", hash],
    ...notes.map((note) => ["note", note]),
  ];
  byId("model-facts").replaceChildren(
    ...facts.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]),
  );
  byId("images-hint").textContent =
    `PNG or JPEG files of ${shape[1]}x${shape[0]} pixels (others are stretched), or IDX files: ` +
    "drop them here, or choose";
  byId("pad-area").hidden = shape.join() !== "28,28,1";
  if (trainingSigma !== undefined) sigmaField().value = String(trainingSigma);
}

function sigmaField(): HTMLInputElement {
  return byId<HTMLFormElement>("settings").elements.namedItem("sigma") as HTMLInputElement;
}

/** Says why something that a person asked for failed. */
function attempt(task: Promise<unknown>): void {
  task.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}

function fail(message: string): void {
  byId("failure").textContent = message;
  byId("failure").hidden = false;
}

/** Does what a person asks for: an earlier failure is history then. */
function act(task: () => Promise<unknown>): void {
  byId("failure").hidden = true;
  attempt(task());
}

async function openFile(file: File): Promise<void> {
  wanted = undefined;
  await session.open(file.name, new Uint8Array(await file.arrayBuffer()));
}

async function openDigits(): Promise<void> {
  wanted = undefined;
  const response = await fetch(DIGITS);
  if (!response.ok) throw new Error(`${DIGITS}: the server answers ${response.status}`);
  await session.open(DIGITS, new Uint8Array(await response.arrayBuffer()));
}

async function addFiles(files: readonly File[]): Promise<void> {
  if (session.model !== undefined) session.add(await readImages(files, session.model));
}

async function addDigit(): Promise<void> {
  const pixels = pad.digit();
  if (pixels === undefined) throw new Error("Nothing is drawn yet.");
  session.add([{ name: "drawn", pixels, label: undefined }]);
  pad.clear();
}

async function start(): Promise<void> {
  wanted = undefined;
  await session.start(readSettings(byId<HTMLFormElement>("settings")));
}

refuseOtherDrops();
byId("digits").addEventListener("click", () => act(openDigits));
onFiles(byId("model-drop"), ([file]) => file && act(() => openFile(file)));
onFiles(byId("images-drop"), (files) => act(() => addFiles(files)));
const provider = byId<HTMLSelectElement>("provider");
provider.addEventListener("change", () =>
  act(() => session.computeBy(provider.value === "webgpu" ? "webgpu" : "wasm")),
);
attempt(
  hasWebGpu().then((there) => {
    byId("provider-choice").hidden = !there;
  }),
);
byId("pad-add").addEventListener("click", () => act(addDigit));
byId("pad-clear").addEventListener("click", () => pad.clear());
byId("images-clear").addEventListener("click", () => act(() => session.clear()));
byId("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  act(start);
});
byId("pause").addEventListener("click", () => (session.status === "paused" ? session.goOn() : session.pause()));
byId("over").addEventListener("click", () => act(() => session.startOver()));
draw();
