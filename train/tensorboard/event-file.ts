import { join } from "node:path";
import { AppendedFile } from "../../src/index.js";
import { encodeEvent, SESSION_START, type TensorBoardEvent } from "./event.js";
import { framed } from "./record-frame.js";

/**
 * An event file that TensorBoard reads: scalars by tag and step. Each call writes one whole record at once, so that a
 * program killed at any moment leaves a file that can be read up to its last record. A training that goes on gets a
 * file of its own, which says from which step on it replaces the earlier ones.
 */
export class EventFile {
  readonly path: string;
  readonly #file: AppendedFile;

  /** Opens a new file in `folder`. @param step the last step that holds of what earlier files say */
  constructor(folder: string, step: number) {
    // TensorBoard reads the files of a folder in the order of their names.
    this.path = join(folder, `events.out.tfevents.${(Date.now() / 1000).toFixed(3)}.${process.pid}`);
    this.#file = new AppendedFile(this.path, true);
    this.#write({ wallTime: now(), fileVersion: "brain.Event:2" });
    this.#write({ wallTime: now(), step: step + 1, sessionLog: { status: SESSION_START } });
  }

  /** Appends one value for each tag. */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    const value = Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
    this.#write({ wallTime: now(), step, summary: { value } });
  }

  close(): void {
    this.#file.close();
  }

  #write(event: TensorBoardEvent): void {
    this.#file.append(framed(encodeEvent(event)));
  }
}

function now(): number {
  return Date.now() / 1000;
}
