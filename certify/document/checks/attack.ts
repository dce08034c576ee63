import { ABSTAIN } from "../../theorem/decision.js";
import { attackSummaryOf } from "../attack.js";
import type { CheckDefinition } from "../check.js";

export const nothingInside: CheckDefinition = {
  id: "nothing-inside",
  title: "An attack found no other class inside the certificates",
  explanation:
    "The attack searches for a perturbation below each certified radius that changes the answer. A certificate may " +
    "fail with probability alpha; more broken ones than that explains would refute the log. That none is found " +
    "proves nothing: only the certificates do.",
  look: ({ log, attack }) => {
    if (log.header === undefined) return undefined;
    if (attack === undefined) return { outcome: "not done", found: "no attack given (smoothcert attack makes one)" };
    const summary = attackSummaryOf(log, attack, []);
    if (summary === undefined) return { outcome: "not done", found: `no certificate is in ${attack.file} yet` };
    const { broken, allowed, attacked, failed } = summary;
    const certificates = log.rows.filter(({ predict }) => predict !== ABSTAIN).length;
    const found = `${broken.length} of ${attacked} broken (${certificates} certificates); alpha allows ${allowed}`;
    const details = broken.map(
      ({ idx, insidePredict, insideNorm, radius }) =>
        `image ${idx}: class ${insidePredict} at norm ${insideNorm}, certified within ${radius}`,
    );
    const outcome = failed ? "failed" : broken.length > 0 ? "noteworthy" : "passed";
    return { outcome, found, details };
  },
};
