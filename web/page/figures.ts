/** The two figures of an image whose votes arrive. Samples are on a logarithmic axis. */
import { floorTo } from "../../certify/core.js";
import { shape } from "./dom.js";
import type { Point } from "./history.js";

const FRAME = { left: 44, right: 448, top: 10, bottom: 205 };

/** Where the values of a figure lie. */
interface Scale {
  x(n: number): number;
  y(value: number): number;
}

function scaleOf(first: number, last: number, [least, most]: readonly [number, number]): Scale {
  const { left, right, top, bottom } = FRAME;
  const width = Math.max(Math.log(last / first), 1e-9);
  return {
    x: (n) => left + ((right - left) * Math.log(Math.max(n, first) / first)) / width,
    y: (value) => bottom - ((bottom - top) * (value - least)) / (most - least),
  };
}

/** Draws the share of votes for class A with the bounds on its probability. @param n the most samples */
export function drawShares(svg: SVGElement, points: readonly Point[], n: number): void {
  const least = [0.9, 0.5, 0].find((each) => points.every(({ lower }) => lower >= each)) as number;
  const scale = scaleOf(firstOf(points, n), n, [least, 1]);
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((part) => Number((least + part * (1 - least)).toPrecision(3)));
  const at = (value: (point: Point) => number) => points.map((point) => [point.n, value(point)] as const);
  const band = [...at(({ upper }) => upper), ...at(({ lower }) => lower).reverse()];
  svg.replaceChildren(
    ...frame(scale, firstOf(points, n), n, ticks),
    ...(least <= 0.5 ? [limit(scale, 0.5, "1/2")] : []),
    shape("path", { class: "band", d: `${path(scale, band)}${band.length > 0 ? "Z" : ""}` }),
    line(
      scale,
      at(({ share }) => share),
    ),
  );
}

/** Draws the certified radius. @param most the radius that is certified if all votes agree */
export function drawRadii(svg: SVGElement, points: readonly Point[], n: number, most: number): void {
  const top = most > 0 ? 1.1 * most : 1;
  const scale = scaleOf(firstOf(points, n), n, [0, top]);
  svg.replaceChildren(
    ...frame(scale, firstOf(points, n), n, ticksUpTo(top)),
    limit(scale, most, `at most ${floorTo(most, 2)}`),
    line(
      scale,
      points.map(({ n: samples, radius }) => [samples, radius] as const),
    ),
  );
}

function firstOf(points: readonly Point[], n: number): number {
  return Math.min(points[0]?.n ?? 10, n / 2);
}

function frame(scale: Scale, first: number, last: number, ticks: readonly number[]): SVGElement[] {
  const { left, right, top, bottom } = FRAME;
  const rows = ticks.flatMap((tick) => [
    shape("line", { class: "grid", x1: left, x2: right, y1: scale.y(tick), y2: scale.y(tick) }),
    shape("text", { class: "tick", x: left - 6, y: scale.y(tick) + 4, "text-anchor": "end" }, String(tick)),
  ]);
  const columns = powersBetween(first, last).map((n) =>
    shape("text", { class: "tick", x: scale.x(n), y: bottom + 17, "text-anchor": "middle" }, n.toLocaleString("en")),
  );
  return [
    ...rows,
    ...columns,
    shape("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    shape("line", { class: "axis", x1: left, x2: left, y1: top, y2: bottom }),
    shape("text", { class: "tick", x: right, y: bottom + 33, "text-anchor": "end" }, "samples"),
  ];
}

function powersBetween(first: number, last: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power <= last; power *= 10) if (power >= first) powers.push(power);
  return powers;
}

/** Round values from 0 on, six at most. */
function ticksUpTo(top: number): number[] {
  const raw = top / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) as number;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => Number((i * step).toPrecision(3)));
}

function limit(scale: Scale, value: number, name: string): SVGElement {
  const { left, right } = FRAME;
  const group = shape("g", {});
  group.append(
    shape("line", { class: "limit", x1: left, x2: right, y1: scale.y(value), y2: scale.y(value) }),
    shape("text", { class: "name", x: left + 6, y: scale.y(value) - 5 }, name),
  );
  return group;
}

type Pairs = readonly (readonly [n: number, value: number])[];

function line(scale: Scale, pairs: Pairs): SVGElement {
  return shape("path", { class: "line", d: path(scale, pairs) });
}

function path(scale: Scale, pairs: Pairs): string {
  return pairs.map(([n, value], i) => `${i === 0 ? "M" : "L"}${at(scale.x(n))},${at(scale.y(value))}`).join("");
}

function at(value: number): string {
  return value.toFixed(1);
}
