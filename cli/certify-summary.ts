import { normOf, readHeader, readLog, summarizeLog, summarizeStopping, tableRadii } from "../certify/index.js";
import { logJson, reportText } from "./curve-report.js";
import { print, shellCommand } from "./print.js";
import { stopReport } from "./stop.js";

/** The figures of the whole log, which an earlier run of the command may have begun. */
export async function summarize(file: string, label: string, json: boolean): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  const summary = summarizeLog(rows, header, tableRadii([{ rows, header }]), 0.95);
  const report = { file, label, header, summary };
  const stopping = header === undefined ? undefined : summarizeStopping(rows, header);
  if (json) return print(JSON.stringify({ ...logJson(report), ...(stopping && { stopping }) }));
  const parts = [
    reportText([report]),
    ...(stopping ? [stopReport(stopping, normOf(header))] : []),
    header?.shard === undefined
      ? `The curve: ${shellCommand(["smoothcert", "curve", file])}`
      : `Shard ${header.shard.index} of ${header.shard.count}; once all are there: smoothcert merge`,
  ];
  print(parts.join("\n\n"));
}
