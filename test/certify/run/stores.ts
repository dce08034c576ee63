import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  fileLogStore,
  type LogHeader,
  type LogRow,
  type LogStore,
  MemoryLogStore,
  readHeader,
  readLog,
} from "smoothcert/certify";

/** A store, and what somebody else finds in it. */
export interface StoreCase {
  readonly store: LogStore;
  /** Another store on the same log, as another process would have it; undefined where there is no such thing. */
  again(): LogStore | undefined;
  header(): Promise<LogHeader | undefined>;
  rows(): Promise<readonly LogRow[]>;
  remove(): Promise<void>;
}

/** Every store, one entry each. */
export const STORES: Readonly<Record<string, () => Promise<StoreCase>>> = {
  async file() {
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-store-"));
    const path = join(folder, "certify.tsv");
    return {
      store: fileLogStore(path),
      again: () => fileLogStore(path),
      header: () => readHeader(path),
      rows: async () => (await readLog(path)).rows,
      remove: () => rm(folder, { recursive: true }),
    };
  },
  async memory() {
    const store = new MemoryLogStore();
    return {
      store,
      again: () => undefined,
      header: async () => store.header,
      rows: async () => store.rows,
      remove: async () => {},
    };
  },
};
