import { floorTo } from "../../../src/core.js";
import { averageCertifiedRadius, certifiedCount, certifiedCurve } from "../../report/curve.js";
import { ceilingOf, radiusLabel, unitsOf } from "../../report/log-text.js";
import { percentBelow, radiusText } from "../../report/percent.js";
import { thinned } from "../figures.js";
import { forecastOf } from "../forecast.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** How many times the samples are forecast. */
const TIMES = 10;
/** Radii of the table beyond those of the log, as shares of the larger ceiling. */
const BEYOND = [0.8, 0.9];

/** The radii beside the largest within reach, and what more samples would give. */
export const reach: Section = {
  id: "reach",
  title: "Radius against the ceiling, and ten times the samples",
  prepare(subject) {
    const { log } = subject;
    const { rows, header } = log;
    if (header === undefined) return "the log has no header that tells its settings, and no votes";
    const ceiling = ceilingOf(header);
    const forecast = forecastOf(rows, header, TIMES);
    if (ceiling === undefined || forecast === undefined)
      return "runs that stop early have no ceiling to be held against";
    const atCeiling = rows.filter(({ radius }) => radius >= ceiling).length;
    const unanimous = rows.filter(({ nA, n }) => nA === n).length;
    const radii = radiiOf(subject, forecast.ceiling);
    const [now, then] = [averageCertifiedRadius(rows), averageCertifiedRadius(forecast.rows)];
    const at = radii.map((radius) => ({
      radius,
      now: certifiedCount(rows, radius),
      forecast: certifiedCount(forecast.rows, radius),
    }));
    const curveOf = (of: readonly { radius: number; correct: boolean }[]) =>
      thinned(certifiedCurve(of), ({ radius }) => radius);
    return {
      data: {
        ceiling,
        atCeiling,
        unanimous,
        acr: now,
        forecast: { times: TIMES, n: forecast.n, ceiling: forecast.ceiling, acr: then, radii: at },
      },
      blocks: [
        {
          kind: "text",
          text:
            `${unanimous} of ${rows.length} images have all their votes for one class, and ${atCeiling} are ` +
            `certified at the ceiling ${floorTo(ceiling, 4)}, which only more samples would raise. With ` +
            `n = ${forecast.n} it would be ` +
            `${floorTo(forecast.ceiling, 4)}, and the average certified radius about ${floorTo(then, 2)} in place of ` +
            `${floorTo(now, 4)}.`,
        },
        {
          kind: "figure",
          caption: "A forecast from the votes at hand, which claims nothing: more samples may certify more or less.",
          figure: {
            kind: "curve",
            series: [
              { label: `n = ${header.n}, certified`, steps: curveOf(rows), ceiling },
              { label: `n = ${forecast.n}, forecast`, steps: curveOf(forecast.rows), ceiling: forecast.ceiling },
            ],
            options: { radiusLabel: radiusLabel([header]), units: unitsOf([header]) },
          },
          table: {
            kind: "table",
            caption: "Certified accuracy in percent, rounded down",
            columns: [radiusLabel([header]), "now", "forecast"],
            rows: at.map((one) => [
              radiusText(one.radius),
              percentBelow({ count: one.now }, rows.length),
              percentBelow({ count: one.forecast }, rows.length),
            ]),
          },
        },
      ],
    };
  },
};

function radiiOf({ radii }: Subject, ceiling: number): number[] {
  const last = radii.at(-1) ?? 0;
  const further = BEYOND.map((share) => Math.floor(20 * share * ceiling) / 20).filter((radius) => radius > last);
  return [...radii, ...new Set(further)];
}
