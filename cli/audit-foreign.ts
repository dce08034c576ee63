/** What `smoothcert audit` prints of another tool's log. */
import type {
  AuditedSettings,
  CeilingTest,
  CurveSummary,
  ForeignAudit,
  JudgedFit,
  LatticeSettings,
  Printing,
  Recertified,
  RoundingAudit,
} from "../certify/index.js";
import { floorTo } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { table } from "./print.js";

/** The report for a program: everything found, unrounded. */
export function foreignReportJson(file: string, audit: ForeignAudit): object {
  return { file, kind: "foreign", ...audit };
}

/** The report for a person. */
export function foreignReportText(file: string, audit: ForeignAudit): string {
  const { settings, ceilings, rounding, recertified } = audit;
  const parts = [`${file}\n${pointsText(audit)}`];
  if (audit.largest === undefined)
    return [...parts, "no row certifies a radius above 0: nothing to audit"].join("\n\n");
  parts.push(fitsText(audit), settings === undefined ? nextStep(audit) : settingsText(settings, audit));
  if (ceilings.length > 0) parts.push(ceilings.map((ceiling) => ceilingText(ceiling, audit)).join("\n"));
  if (rounding !== undefined) parts.push(roundingText(rounding, audit.certified));
  if (recertified !== undefined) parts.push(curveText(recertified));
  return parts.join("\n\n");
}

/** How many rows a sentence names. */
const NAMED_ROWS = 6;
/** How many candidates of one verdict the table shows. */
const SHOWN_FITS = 3;

function pointsText({ points, abstentions, certified, printing, largest }: ForeignAudit): string {
  const counts = [counted(points, "point"), counted(abstentions, "abstention"), `${certified} certified`];
  const most = largest === undefined ? "" : `, the largest ${largest.radius} (idx ${largest.idx})`;
  return `  ${counts.join(", ")}${most}; radii printed to ${printingText(printing)}; no settings recorded`;
}

function printingText({ kind, digits }: Printing): string {
  return counted(digits, kind === "significant" ? "significant digit" : "decimal");
}

function settingsOf({ sigma, n, alpha }: LatticeSettings, { sigmaPerRow }: ForeignAudit): string {
  return `sigma ${sigmaPerRow ? "of each row" : sigma}, n = ${n}, alpha = ${alpha}`;
}

function fitsText(audit: ForeignAudit): string {
  const shown = shownFits(audit);
  const others = audit.fits.filter((fit) => !shown.includes(fit));
  const open = others.filter(({ verdict }) => verdict === "cannot be told").length;
  const rows = shown.map((fit) => [
    settingsOf(fit.settings, audit),
    `${fit.hits}/${fit.rows}`,
    fit.hitsByChance.toFixed(1),
    chanceText(fit.logChance),
    fit.verdict,
  ]);
  return [
    "settings that may have made the radii: how many lie on the lattice sigma Phi^-1(CP(n-k, n, alpha))",
    "(counted among the rows where the lattice is coarse enough to tell)",
    table([["settings", "hits/rows", "by chance", "chance", "verdict"], ...rows]),
    `${counted(others.length, "other candidate")}: ${others.length - open} do not fit, ${open} cannot be told`,
  ].join("\n");
}

/** An upper bound on a chance, from its logarithm. */
const chanceText = (log: number): string => (log < -3 ? `< 1e${Math.ceil(log)}` : (10 ** log).toFixed(3));

/** Those that fit, those stated, and the usual claim; where none fits, the most telling of each verdict. */
function shownFits(audit: ForeignAudit): JudgedFit[] {
  const { fits, settings, stated, recertified } = audit;
  const fitting = fits.filter(({ verdict }) => verdict === "fits");
  const shown = new Set(fitting.slice(0, SHOWN_FITS));
  const add = (matches: (fit: JudgedFit) => boolean): void => {
    for (const fit of fits.filter(matches).slice(0, SHOWN_FITS)) shown.add(fit);
  };
  add(({ settings: { n, alpha } }) => n === stated.n && alpha === stated.alpha);
  const common = recertified?.settings;
  add((fit) => common !== undefined && settingsOf(fit.settings, audit) === settingsOf(common, audit));
  if (settings === undefined) {
    add(({ verdict }) => verdict === "cannot be told");
    add(({ verdict }) => verdict === "does not fit");
  }
  return [...shown];
}

function settingsText(settings: AuditedSettings, audit: ForeignAudit): string {
  const { fits } = audit;
  const named = settingsOf(settings, audit);
  if (settings.origin === "stated") return `assumed as stated, since the radii neither confirm nor refute it: ${named}`;
  if (settings.origin === "eliminated") {
    return `assumed: ${named}, the only usual alpha at this sigma and n that the radii don't refute`;
  }
  const fitting = fits.filter(({ verdict }) => verdict === "fits").length;
  return `the radii fit ${named}${fitting > 1 ? `, and ${counted(fitting - 1, "other candidate")}` : ""}`;
}

function nextStep({ stated, fits }: ForeignAudit): string {
  const open = fits.some(({ verdict }) => verdict === "cannot be told");
  const unknown = [
    ...(stated.sigma === undefined ? ["--sigma (the noise level for pixels in [0, 1])"] : []),
    ...(stated.n === undefined ? ["--n"] : []),
    ...(stated.alpha === undefined ? ["--alpha"] : []),
  ];
  const found = open ? "no candidate fits beyond chance" : "no candidate fits";
  if (unknown.length > 0) return `${found}; if they are stated, add ${unknown.join(", ")}`;
  const why = "The radii were made with other settings or several, were not rounded to nearest, or are not CERTIFY's";
  return `${found}, and the stated settings do not fit. ${why}`;
}

function ceilingText({ settings, ceiling, above, alphaNeeded }: CeilingTest, audit: ForeignAudit): string {
  const unit = audit.sigmaPerRow ? " sigma" : "";
  const reach = `largest possible radius for ${settingsOf(settings, audit)}: ${floorTo(ceiling, 4)}${unit}`;
  if (above.length === 0) return `${reach}; no row above it`;
  const needed = `the largest needs alpha of at least ${Number(alphaNeeded.toPrecision(2))}`;
  return `${reach}; ${counted(above.length, "row")} above it, however rounded (${needed}): ${namesOf(above)}`;
}

function namesOf(rows: readonly { readonly idx: number; readonly radius: number }[]): string {
  const named = rows.slice(0, NAMED_ROWS).map(({ idx, radius }) => `idx ${idx} (${radius})`);
  return [...named, ...(rows.length > NAMED_ROWS ? [`${rows.length - NAMED_ROWS} more`] : [])].join(", ");
}

function roundingText({ above, mayBeAbove, notAbove, offLattice }: RoundingAudit, certified: number): string {
  const lines = [
    `of the ${certified} radii, ${above.length} are printed above every certified value that rounds to them, ` +
      `${mayBeAbove.length} above some of these values, ${notAbove} above none`,
  ];
  if (above.length > 0) lines.push(`  certainly above: ${namesOf(above)}`);
  if (offLattice.length > 0) lines.push(`  ${offLattice.length} on no lattice point: ${namesOf(offLattice)}`);
  return lines.join("\n");
}

function curveText({ settings, printed, corrected, becameAbstentions, notDerivable }: Recertified): string {
  const line = (label: string, { radii, acr, points }: CurveSummary): string[] => [
    label,
    ...radii.map(({ count }) => floorTo((100 * count) / points, 1)),
    floorTo(acr, 4),
  ];
  const lines = [
    "certified accuracy (%), rounded down: as printed, and at a common alpha from the fewest votes that give the radii",
    table([
      ["L2 radius", ...printed.radii.map(({ radius }) => String(radius)), "ACR"],
      line("as printed", printed),
      line(`at alpha = ${settings.alpha}`, corrected),
    ]),
  ];
  if (becameAbstentions.length > 0) lines.push(`now abstentions: ${namesOf(becameAbstentions)}`);
  if (notDerivable.length > 0) {
    lines.push(`${notDerivable.length} can't be derived again and count as not certified: ${namesOf(notDerivable)}`);
  }
  return lines.join("\n");
}
