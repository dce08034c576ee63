/** What `smoothcert attack` prints and draws of its results. */
import type { AttackedAccuracy, AttackRow, AttackSummary, CurveStep, LogHeader } from "../certify/index.js";
import { ceilingOf, radiusText, unitsOf } from "../certify/index.js";
import { floorTo, writeWhole } from "../src/index.js";
import type { AccuracySeries } from "../src/plot/index.js";
import { counted } from "../src/text/counted.js";
import { table } from "./print.js";

/** An attack's results with their figures. */
export interface AttackReport {
  readonly file: string;
  readonly out: string;
  readonly figure: string;
  readonly header: LogHeader;
  readonly gradient: "model" | "votes";
  readonly attacks: readonly AttackRow[];
  readonly summary: AttackSummary;
}

/** The report for a person. */
export function attackText({ file, out, figure, header, gradient, summary }: AttackReport): string {
  const { points, abstentions, attacked, broken, allowed, changed, medianRatio } = summary;
  const ratio = medianRatio === undefined ? "" : `; norm / certified radius: median ${ratioText(medianRatio)}`;
  return [
    `${header.model.name}, sigma ${header.sigma}: ${file}`,
    `  ${counted(points, "image")}, ${counted(abstentions, "abstention")}`,
    `  attacked with gradients of the ${gradient}: ${attacked}`,
    `  changed class inside their certified radius: ${broken.length}; alpha = ${header.alpha} allows ${allowed}`,
    ...broken.map(brokenText),
    `  smallest perturbation that changes the class: found for ${changed}${ratio}`,
    "\naccuracy (%): certified (rounded down) and under this attack (rounded up)\n",
    table([
      ["L2 radius", ...summary.radii.map(({ radius }) => radiusText(radius))],
      ["certified", ...summary.radii.map((at) => percent(at, points, "certified"))],
      ["under attack", ...summary.radii.map((at) => percent(at, points, "empirical"))],
    ]),
    `\nresults: ${out}\nfigure: ${figure}`,
  ].join("\n");
}

/** The report for a program. Radii that no attack reached are null. */
export function attackJson({ header, gradient, summary, attacks, ...files }: AttackReport): object {
  const { sigma, alpha } = header;
  return { ...files, sigma, alpha, gradient, ...summary, images: attacks };
}

function brokenText(row: AttackRow): string {
  const votes = row.insideCounts.map(([label, count]) => `${label}:${count}`).join(" ");
  const certified = `certified as ${row.predict} within ${row.radius}`;
  return `    image ${row.idx}: class ${row.insidePredict} at norm ${row.insideNorm}, ${certified}; votes ${votes}`;
}

function ratioText(ratio: number): string {
  return ratio === Infinity ? "none found" : floorTo(ratio, 2);
}

function percent(at: AttackedAccuracy, points: number, which: "certified" | "empirical"): string {
  const round = which === "certified" ? Math.floor : Math.ceil;
  return (round((1000 * at[which]) / points) / 10).toFixed(1);
}

/** A run that stopped at radii may have stopped short of what it could certify beyond. */
function certifiedText({ stop }: LogHeader): string {
  return stop?.kind === "radii" ? `certified by a run that decided radii up to ${stop.radii.at(-1)}` : "certified";
}

/** Draws certified accuracy and accuracy under attack in one figure. */
export async function saveAttackFigure({ figure, header, summary }: AttackReport): Promise<void> {
  const { certified, empirical } = summary;
  const radii = [...certified, ...empirical].map(({ radius }) => radius).filter((radius) => radius < Infinity);
  const end = 1.05 * Math.max(0, ...radii);
  const cut = (steps: readonly CurveStep[]): CurveStep[] =>
    steps.map((step) => ({ ...step, radius: Math.min(step.radius, end) }));
  const series: AccuracySeries[] = [
    { label: "under attack: robust accuracy is at most this", steps: cut(empirical) },
    { label: `${certifiedText(header)}: it is at least this`, steps: certified, ceiling: ceilingOf(header) },
  ];
  const { curveFigure } = await import("../src/plot/index.js");
  const title = `${header.model.name}, sigma ${header.sigma}`;
  const units = unitsOf([header]);
  await writeWhole(figure, curveFigure(series, { title, units, yLabel: "accuracy (%)" }));
}
