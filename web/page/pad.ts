import { centredDigit } from "./digit.js";
import { byId } from "./dom.js";

const WIDTH = 20;
/** How far an arrow key moves the pen. */
const STEP = 10;

const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** A pad that digits are drawn on, by pointer or by keyboard. */
export class Pad {
  readonly #canvas = byId<HTMLCanvasElement>("pad");
  readonly #context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
  #pen = { x: this.#canvas.width / 2, y: this.#canvas.height / 4, down: false };

  constructor() {
    Object.assign(this.#context, { lineWidth: WIDTH, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#put(event);
      this.#drawTo(this.#pen.x, this.#pen.y);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 0 || !canvas.hasPointerCapture(event.pointerId)) return;
      const { x, y } = this.#at(event);
      this.#drawTo(x, y);
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#showPen(false));
  }

  /** The digit as a model takes it; undefined where nothing is drawn. */
  digit(): Uint8Array | undefined {
    const { width, height } = this.#canvas;
    const { data } = this.#context.getImageData(0, 0, width, height);
    return centredDigit(
      Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]),
      width,
    );
  }

  clear(): void {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#pen.down = false;
    this.#showPen(false);
  }

  #at({ offsetX, offsetY }: PointerEvent): { readonly x: number; readonly y: number } {
    const scale = this.#canvas.width / this.#canvas.clientWidth;
    return { x: offsetX * scale, y: offsetY * scale };
  }

  #put(event: PointerEvent): void {
    Object.assign(this.#pen, this.#at(event));
  }

  #drawTo(x: number, y: number): void {
    this.#context.beginPath();
    this.#context.moveTo(this.#pen.x, this.#pen.y);
    this.#context.lineTo(x, y);
    this.#context.stroke();
    Object.assign(this.#pen, { x, y });
  }

  #key(event: KeyboardEvent): void {
    const pen = this.#pen;
    const move = MOVES[event.key];
    if (move === undefined && event.key !== " ") return;
    event.preventDefault();
    if (move === undefined) pen.down = !pen.down;
    const [dx, dy] = move ?? [0, 0];
    const x = Math.min(this.#canvas.width, Math.max(0, pen.x + dx));
    const y = Math.min(this.#canvas.height, Math.max(0, pen.y + dy));
    if (pen.down) this.#drawTo(x, y);
    else Object.assign(pen, { x, y });
    this.#showPen(true);
  }

  /** Shows where the pen of the keyboard is, and says whether it is down. */
  #showPen(shown: boolean): void {
    const { x, y, down } = this.#pen;
    const mark = byId("pen");
    mark.hidden = !shown;
    mark.className = down ? "down" : "";
    mark.style.left = `${(100 * x) / this.#canvas.width}%`;
    mark.style.top = `${(100 * y) / this.#canvas.height}%`;
    byId("pen-state").textContent = shown ? `The pen is ${down ? "down" : "up"}.` : "";
  }
}
