import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  checkOf,
  fileLogStore,
  headerCheck,
  headerIdentity,
  type LogHeader,
  openAttack,
  parseRow,
} from "smoothcert/certify";
import { ATTACK } from "./base.js";
import { mutateBytes } from "./bytes.js";
import { smoothcert } from "./command.js";
import { mutatedJson, mutateJson } from "./json.js";
import type { Kind } from "./kind.js";
import type { Random } from "./random.js";
import { mutateTable } from "./text.js";

/** A text changed by its cells, or by its bytes. */
function table(text: string, random: Random): string {
  return random.chance(0.8)
    ? mutateTable(text, random)
    : Buffer.from(mutateBytes(Buffer.from(text), random)).toString();
}

async function readLogWays(folder: string): Promise<void> {
  const log = join(folder, "log.tsv");
  await smoothcert("audit", log);
  await smoothcert("curve", log, "--out", join(folder, "curve.svg"), "--rho", "0.01");
}

export const logKind: Kind = {
  name: "certification logs",
  share: 50,
  async make(random, base, folder) {
    const [log, header] = await Promise.all(["log.tsv", "log.json"].map((name) => readFile(join(base, name), "utf8")));
    const rows = random.chance(0.6);
    await writeFile(join(folder, "log.tsv"), rows ? table(log, random) : log);
    await writeFile(join(folder, "log.json"), rows ? header : mutatedJson(JSON.parse(header), random));
  },
  async read(folder, base) {
    const header: LogHeader = JSON.parse(await readFile(join(base, "log.json"), "utf8"));
    const open = await fileLogStore(join(folder, "log.tsv")).open(header);
    open.close();
    await readLogWays(folder);
  },
};

/** Headers and rows that were changed by someone who knows how checksums are made. */
export const resealedLogKind: Kind = {
  name: "certification logs, sealed anew",
  share: 40,
  async make(random, base, folder) {
    const stored = JSON.parse(await readFile(join(base, "log.json"), "utf8"));
    const header = random.chance(0.6) ? mutateJson(stored, random) : stored;
    const log = await readFile(join(base, "log.tsv"), "utf8");
    await writeFile(join(folder, "log.json"), JSON.stringify({ ...(header as object), check: checkOfAny(header) }));
    await writeFile(
      join(folder, "log.tsv"),
      sealed(random.chance(0.6) ? mutateTable(log, random) : log, header as LogHeader),
    );
  },
  read: readLogWays,
};

function checkOfAny(header: unknown): string {
  try {
    return headerCheck(header as object);
  } catch {
    return "";
  }
}

/** The rows with checksums that fit, where they are rows. */
function sealed(text: string, header: LogHeader): string {
  const [columns, ...lines] = text.split("\n");
  return [columns, ...lines.map((line) => sealedLine(line, header))].join("\n");
}

function sealedLine(line: string, header: LogHeader): string {
  try {
    const check = checkOf(parseRow(line), headerIdentity(header));
    return line.replace(/[^\t]*$/, check);
  } catch {
    return line;
  }
}

export const foreignLogKind: Kind = {
  name: "logs of other tools",
  share: 40,
  async make(random, base, folder) {
    await writeFile(join(folder, "log.tsv"), table(await readFile(join(base, "cohen.tsv"), "utf8"), random));
  },
  async read(folder) {
    const log = join(folder, "log.tsv");
    await smoothcert("curve", log, "--out", join(folder, "curve.svg"));
    await smoothcert("audit", log, "--sigma", "0.5", "--n", "100000");
  },
};

export const attackKind: Kind = {
  name: "results of attacks",
  share: 20,
  async make(random, base, folder) {
    const [log, header] = await Promise.all(
      ["attack.tsv", "attack.json"].map((name) => readFile(join(base, name), "utf8")),
    );
    const rows = random.chance(0.6);
    await writeFile(join(folder, "attack.tsv"), rows ? table(log, random) : log);
    await writeFile(join(folder, "attack.json"), rows ? header : mutatedJson(JSON.parse(header), random));
  },
  async read(folder) {
    (await openAttack(join(folder, "attack.tsv"), ATTACK)).close();
  },
};
