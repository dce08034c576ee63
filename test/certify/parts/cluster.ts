import {
  type CertificationRun,
  certify,
  type Fingerprint,
  formatRow,
  headerOf,
  type LogHeader,
  type LogRow,
  MemoryLogStore,
  type Part,
  planCertification,
  planUnits,
  UnitCounter,
} from "smoothcert/certify";
import { smallRun } from "../run/small-run.js";

/** What computed the parts of these tests, unless they say otherwise. */
export const HERE: Fingerprint = { canary: "ab".repeat(32), runtime: "function", processor: "x64 avx2" };

/** A small certification: its one-process log, and the parts of its units. */
export interface SmallCluster {
  readonly run: CertificationRun;
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
  /** The parts of all images, whole or in pieces of so many blocks, in order. */
  parts(blocksEach?: number, fingerprint?: Fingerprint): Promise<Part[]>;
}

/** @param settings of a run of 12 images of three classes, see `smallRun` */
export async function smallCluster(settings: Partial<CertificationRun>): Promise<SmallCluster> {
  const asked = smallRun(settings);
  const store = new MemoryLogStore();
  await certify(asked, store);
  const { run, indices } = planCertification(asked);
  const header = { ...headerOf(run), created: (store.header as LogHeader).created };
  return {
    run: asked,
    header,
    rows: store.rows,
    parts(blocksEach, fingerprint = HERE) {
      const counter = new UnitCounter(run, header, fingerprint);
      return Promise.all(planUnits(indices, run.n, blocksEach).map((unit) => counter.count(unit)));
    },
  };
}

/** The rows as text, but for the time and the checksum over it. */
export function bare(rows: readonly LogRow[]): string[] {
  return rows.map((row) => formatRow({ ...row, time: 0, check: "" }));
}
