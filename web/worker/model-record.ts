import { decodeModel } from "../../src/models/onnx/proto.js";

/** What our record in an ONNX file says, where there is one. */
export interface ModelRecord {
  readonly classes?: readonly string[];
  readonly trainingSigma?: number;
}

/** The record of a model that smoothcert made; nothing of another's, or where it isn't as it should be. */
export function modelRecord(bytes: Uint8Array, classes: number): ModelRecord {
  const text = decodeModel(bytes).metadataProps.find(({ key }) => key === "smoothcert")?.value;
  const record = text === undefined ? {} : parsed(text);
  const { sigma } = record.training ?? {};
  const named = Array.isArray(record.classes) && record.classes.length === classes;
  return {
    ...(named && { classes: (record.classes as unknown[]).map(String) }),
    ...(typeof sigma === "number" && { trainingSigma: sigma }),
  };
}

function parsed(text: string): { readonly classes?: unknown; readonly training?: { readonly sigma?: unknown } } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
