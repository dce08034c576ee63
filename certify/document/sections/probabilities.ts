import { countFrom, paDistribution } from "../../report/pa-distribution.js";
import { percentBelow } from "../../report/percent.js";
import { thinnedShares } from "../figures.js";
import type { Section } from "../section.js";

const PROBABILITIES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1];

/** The distribution of the right class's probability under noise. */
export const probabilities: Section = {
  id: "probabilities",
  title: "How probable the right class is under noise",
  prepare({ log: { label, rows, header } }) {
    const pa = paDistribution(rows, header);
    if (pa === undefined) return "the log holds no votes";
    const percent = (count: number): string => percentBelow({ count }, rows.length);
    const { estimated, proved } = pa;
    return {
      data: { estimated, proved },
      blocks: [
        {
          kind: "figure",
          caption:
            "The share of images that are right with a probability of at least p under noise. Unlike the average " +
            "certified radius it hardly depends on n, and no few easy images decide it (Sun et al. 2025).",
          figure: {
            kind: "share",
            series: [{ label, estimated: thinnedShares(estimated), proved: thinnedShares(proved) }],
          },
          table: {
            kind: "table",
            caption: "Images in percent, rounded down",
            columns: ["p at least", "by votes", "proved"],
            rows: PROBABILITIES.map((p) => [
              String(p),
              percent(countFrom(estimated, p)),
              percent(countFrom(proved, p)),
            ]),
          },
        },
      ],
    };
  },
};
