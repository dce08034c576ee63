import { votesOf } from "../../log/votes.js";
import { binomialInterval } from "../../report/curve.js";
import { hasVotes } from "../../report/log-summary.js";
import { selectedClass } from "../../theorem/decision.js";
import { votesIn } from "../../theorem/votes.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

const BINS = 10;

/** Images whose class has a share of votes in one interval. */
interface Bin {
  /** The interval, open at its lower end. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  readonly right: number;
  /** The mean share of votes. */
  readonly confidence: number;
  readonly interval: { readonly lower: number; readonly upper: number };
}

/** How often the smoothed classifier is right, by its share of votes. */
export const calibration: Section = {
  id: "calibration",
  title: "Calibration of the smoothed classifier",
  prepare(subject) {
    const answers = answersOf(subject);
    if (answers === undefined) return "the log holds no votes";
    const bins = binsOf(answers, subject.confidence);
    const gap = ({ images, right, confidence }: Bin): number => Math.abs(right / images - confidence) * images;
    const error = bins.reduce((sum, bin) => sum + gap(bin), 0) / answers.length;
    return {
      data: { expectedCalibrationError: error, bins },
      blocks: [
        {
          kind: "text",
          text:
            `Expected calibration error ${error.toFixed(3)}: how far, on average, the share of votes for the class ` +
            "is from how often the class is right.",
        },
        {
          kind: "figure",
          caption: "Points on the broken line would be calibrated; bars are intervals for the choice of images.",
          figure: {
            kind: "lines",
            options: {
              x: { label: "share of votes for the class", scale: "linear" },
              y: { label: "share of images that are right", scale: "linear" },
              series: [
                {
                  label: "images by their share of votes",
                  style: "dots",
                  points: bins.map(({ confidence, right, images }) => [confidence, right / images]),
                  errorBars: bins.map(({ interval: { lower, upper } }) => [lower, upper]),
                },
                {
                  label: "calibrated",
                  style: "dashed",
                  points: [
                    [0, 0],
                    [1, 1],
                  ],
                },
              ],
            },
          },
          table: {
            kind: "table",
            caption: "Images by the share of votes for their class",
            columns: ["share of votes", "images", "mean share", "right"],
            rows: bins.map(({ from, to, images, right, confidence }) => [
              `${from.toFixed(1)} to ${to.toFixed(1)}`,
              String(images),
              confidence.toFixed(3),
              (right / images).toFixed(3),
            ]),
          },
        },
      ],
    };
  },
};

interface Answer {
  readonly share: number;
  readonly right: boolean;
}

/** The class that each image's votes select, be it certified or not; undefined where some have no votes. */
function answersOf({ log: { rows, header } }: Subject): Answer[] | undefined {
  if (header === undefined || !rows.every((row) => hasVotes(row, header))) return undefined;
  return rows.map((row) => {
    const votes = votesOf(row, header);
    const cA = selectedClass(votes, header);
    return { share: votes.counts[cA] / votesIn(votes.counts), right: cA === row.label };
  });
}

function binsOf(answers: readonly Answer[], confidence: number): Bin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const inside = answers.filter(({ share }) => Math.max(0, Math.ceil(BINS * share) - 1) === bin);
    const right = inside.filter((answer) => answer.right).length;
    return {
      from: bin / BINS,
      to: (bin + 1) / BINS,
      images: inside.length,
      right,
      confidence: inside.reduce((sum, { share }) => sum + share, 0) / Math.max(1, inside.length),
      interval: inside.length > 0 ? binomialInterval(right, inside.length, confidence) : { lower: 0, upper: 1 },
    };
  }).filter(({ images }) => images > 0);
}
