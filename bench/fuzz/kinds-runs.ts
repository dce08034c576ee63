import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadCheckpoint, readConfig } from "smoothcert/train";
import { rewindHistory } from "../../train/run-folder.js";
import { mutateBytes } from "./bytes.js";
import { mutatedJson } from "./json.js";
import type { Kind } from "./kind.js";

/** Epochs of the run in the base. */
const EPOCHS = 2;

export const configKind: Kind = {
  name: "config.json of a run",
  share: 20,
  async make(random, base, folder) {
    const text = await readFile(join(base, "run", "config.json"), "utf8");
    await writeFile(join(folder, "config.json"), mutatedJson(JSON.parse(text), random));
  },
  async read(folder) {
    await readConfig(join(folder, "config.json"));
  },
};

export const historyKind: Kind = {
  name: "history of a run",
  share: 10,
  async make(random, base, folder) {
    const lines = (await readFile(join(base, "run", "history.jsonl"), "utf8")).trim().split("\n");
    const at = random.below(lines.length);
    const text = lines.with(at, mutatedJson(JSON.parse(lines[at]), random)).join("\n");
    await writeFile(join(folder, "history.jsonl"), random.chance(0.7) ? text : mutateBytes(Buffer.from(text), random));
  },
  async read(folder) {
    await rewindHistory(join(folder, "history.jsonl"), EPOCHS);
  },
};

/** Damaged as bytes, or in the header alone, with a length that fits. */
export const checkpointKind: Kind = {
  name: "checkpoints",
  share: 20,
  async make(random, base, folder) {
    const bytes = await readFile(join(base, "run", "checkpoint", "latest.safetensors"));
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, end).toString());
    const text = Buffer.from(mutatedJson(header, random));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const remade = Buffer.concat([length, text, bytes.subarray(end)]);
    await writeFile(join(folder, "latest.safetensors"), random.chance(0.7) ? remade : mutateBytes(bytes, random));
  },
  async read(folder) {
    await loadCheckpoint(join(folder, "latest.safetensors"));
  },
};
