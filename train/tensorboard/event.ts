/**
 * The part of TensorFlow's protobuf schema (event.proto, summary.proto) that scalars need; the field numbers are the
 * official ones.
 */
import protobuf from "protobufjs/light.js";

/** One entry of an event file. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** In the first event of a file: the format's version. */
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly { readonly tag: string; readonly simpleValue: number }[] };
  /** A training starts here: TensorBoard drops what earlier files hold of this and later steps. */
  readonly sessionLog?: { readonly status: number };
}

export const SESSION_START = 1;

const one = (id: number, type: string): protobuf.IField => ({ id, type });

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: one(1, "double"),
        step: one(2, "int64"),
        fileVersion: one(3, "string"),
        summary: one(5, "Summary"),
        sessionLog: one(7, "SessionLog"),
      },
    },
    Summary: { fields: { value: { id: 1, type: "SummaryValue", rule: "repeated" } } },
    SummaryValue: { fields: { tag: one(1, "string"), simpleValue: one(2, "float") } },
    SessionLog: { fields: { status: one(1, "int32") } },
  },
});

const eventType = root.lookupType("Event");

export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  return eventType.encode(event).finish();
}
