import { ABSTAIN, floorTo } from "../../certify/core.js";
import type { ModelFacts } from "../messages.js";
import { byId, element } from "./dom.js";
import { drawRadii, drawShares } from "./figures.js";
import type { Result, Session } from "./session.js";

/** Classes that have a bar: those with most votes, where there are many. */
const MOST_BARS = 20;

/** Draws the votes of an image, and what they prove. */
export function drawVotes(session: Session, idx: number): void {
  const { model, settings, largestRadius } = session;
  const result = session.results.get(idx);
  if (model === undefined || settings === undefined || result === undefined) return;
  byId("votes-of").textContent = `Image ${idx}, ${session.images[idx].name}`;
  drawTiles(result, model, settings.n, settings.sigma);
  drawClaim(result, model, settings.alpha);
  drawBars(result, model);
  drawShares(svg("share-figure"), result.points, settings.n);
  drawRadii(svg("radius-figure"), result.points, settings.n, largestRadius);
}

function svg(id: string): SVGElement {
  return byId(id) as unknown as SVGElement;
}

function drawTiles({ moment, certificate }: Result, { classes }: ModelFacts, n: number, sigma: number): void {
  const { counts, cA, decision } = moment;
  const samples = counts.reduce((a, b) => a + b);
  const answer = decision === undefined || decision.predict === ABSTAIN ? "\u2013" : classes[decision.predict];
  byId("class-now").textContent = answer;
  byId("class-detail").textContent = detailOf(answer, cA === undefined ? undefined : classes[cA]);
  byId("radius-now").textContent = floorTo(decision?.radius ?? 0, 3);
  byId("radius-detail").textContent = `under noise of sigma ${sigma}, rounded down`;
  byId("samples-now").textContent = samples.toLocaleString("en");
  const share = cA === undefined || samples === 0 ? "" : `, ${floorTo((100 * counts[cA]) / samples, 1)}% for it`;
  byId("samples-detail").textContent = `${certificate === undefined ? "so far" : "done"}, of at most ${n}${share}`;
}

function detailOf(answer: string, selected: string | undefined): string {
  if (selected === undefined) return "not selected yet";
  return answer === "\u2013" ? `no certificate for ${selected} so far` : "selected by noise of its own";
}

function drawClaim({ moment: { decision } }: Result, { classes }: ModelFacts, alpha: number): void {
  const claim = byId("claim");
  const certified = decision !== undefined && decision.predict !== ABSTAIN;
  claim.className = certified ? "" : "open";
  claim.textContent = certified
    ? `With probability at least 1 - ${alpha}, the smoothed classifier answers ${classes[decision.predict]} for ` +
      `every image within L2 distance ${floorTo(decision.radius, 3)} of this one. It holds at all moments together.`
    : "The votes so far certify nothing.";
}

function drawBars({ moment: { counts0, counts, cA } }: Result, { classes }: ModelFacts): void {
  const total = Math.max(
    1,
    counts.reduce((a, b) => a + b),
  );
  const shown = [...classes.keys()]
    .sort((a, b) => counts[b] + counts0[b] - counts[a] - counts0[a] || a - b)
    .slice(0, MOST_BARS)
    .sort((a, b) => a - b);
  byId("bars").replaceChildren(
    ...shown.map((c) => {
      const bar = element("i", { className: c === cA ? "marked" : "" });
      bar.style.width = `${(100 * counts[c]) / total}%`;
      const name = c === cA ? `${classes[c]} (selected)` : classes[c];
      const [selection, estimation] = [counts0[c], counts[c]].map((votes) => element("td", {}, String(votes)));
      const cells = [element("th", { scope: "row" }, name), selection, estimation];
      return element("tr", { className: c === cA ? "winner" : "" }, ...cells, element("td", { className: "bar" }, bar));
    }),
  );
}
