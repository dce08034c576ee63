import type { Kind } from "./kind.js";
import {
  archiveKind,
  cifarKind,
  expressionKind,
  gzipKind,
  idxKind,
  imageFolderKind,
  imageKind,
  npyKind,
  npzKind,
} from "./kinds-data.js";
import { attackKind, foreignLogKind, logKind, resealedLogKind } from "./kinds-logs.js";
import { layersKind, onnxBytesKind, onnxKind, recordKind, weightsKind } from "./kinds-models.js";
import { checkpointKind, configKind, historyKind } from "./kinds-runs.js";

/** All kinds of inputs that are read; their shares add up to 1000. */
export const KINDS: readonly Kind[] = [
  idxKind,
  gzipKind,
  cifarKind,
  npyKind,
  npzKind,
  archiveKind,
  imageKind,
  imageFolderKind,
  onnxKind,
  onnxBytesKind,
  layersKind,
  weightsKind,
  recordKind,
  logKind,
  resealedLogKind,
  foreignLogKind,
  attackKind,
  configKind,
  historyKind,
  checkpointKind,
  expressionKind,
];
