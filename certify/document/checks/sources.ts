/** Checks of a log of ours against the model and the data that it was made from. */
import type { CheckDefinition } from "../check.js";
import { withoutFindings } from "./log.js";

export const sameData: CheckDefinition = {
  id: "same-data",
  title: "The data are those of the log",
  explanation: "The SHA-256 of all pixels and labels is compared with the header's, and each label with its row's.",
  look: (subject) => {
    if (subject.audit?.dataChecked === false) return { outcome: "not done", found: "no data given (--data)" };
    return withoutFindings(
      subject,
      ({ in: place, field }) => place === "data" || (place === "row" && field === "label"),
      "hash and labels are the same",
    );
  },
};

export const sameModel: CheckDefinition = {
  id: "same-model",
  title: "The model is that of the log",
  explanation: "The SHA-256 of the model, its weights and how it is fed is compared with the header's.",
  look: (subject) => {
    if (subject.audit?.modelChecked === false) return { outcome: "not done", found: "no model given (--model)" };
    return withoutFindings(subject, ({ in: place }) => place === "model", "the hash is the same");
  },
};

export const drawnAgain: CheckDefinition = {
  id: "drawn-again",
  title: "Votes drawn again are the same",
  explanation:
    "Noise is a function of seed, image and sample, so that anyone with model and data draws the same votes. The " +
    "images are chosen when the report is made, so that nobody can foresee which. All others rely on the votes " +
    "in the log.",
  look: (subject) => {
    const { audit, log } = subject;
    if (audit === undefined) return undefined;
    const { redrawn, notRedrawn } = audit;
    if (redrawn.length === 0) return { outcome: "not done", found: notRedrawn ?? "no image chosen" };
    const isOfVotes = (field: string | undefined): boolean => field === "counts" || field === "counts0";
    const result = withoutFindings(
      subject,
      ({ in: place, idx, field }) => place === "row" && isOfVotes(field) && redrawn.includes(idx as number),
      `${redrawn.length} of ${log.rows.length} images`,
    );
    return result && { ...result, details: [...(result.details ?? []), `drawn again: images ${redrawn.join(", ")}`] };
  },
};
