import fc from "fast-check";
import protobuf from "protobufjs/light.js";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../src/models/onnx/read-message.js";

/** A message of each kind of field that the schema of ONNX has. */
const type = protobuf.Root.fromJSON({
  nested: {
    Message: {
      oneofs: { either: { oneof: ["size", "label"] } },
      fields: {
        name: { id: 1, type: "string" },
        count: { id: 2, type: "int64" },
        share: { id: 3, type: "float" },
        raw: { id: 4, type: "bytes" },
        numbers: { id: 5, type: "int64", rule: "repeated" },
        loose: { id: 6, type: "double", rule: "repeated", options: { packed: false } },
        words: { id: 7, type: "string", rule: "repeated" },
        inner: { id: 8, type: "Message" },
        parts: { id: 9, type: "Message", rule: "repeated" },
        size: { id: 10, type: "uint64" },
        label: { id: 11, type: "string" },
      },
    },
    Stranger: { fields: { other: { id: 12, type: "bytes" }, name: { id: 1, type: "int32" } } },
  },
}).lookupType("Message");

const integer = fc.maxSafeInteger();
const text = fc.string({ maxLength: 4 });
const inside = (part: fc.Arbitrary<object>) => fc.option(part, { nil: undefined, maxDepth: 2 });
const { message } = fc.letrec<{ message: object }>((tie) => ({
  message: fc.record(
    {
      name: text,
      count: integer,
      share: fc.float(),
      raw: fc.uint8Array({ maxLength: 4 }),
      numbers: fc.array(integer, { maxLength: 3 }),
      loose: fc.array(fc.double(), { maxLength: 3 }),
      words: fc.array(text, { maxLength: 3 }),
      inner: inside(tie("message")),
      parts: inside(tie("message")).map((part) => (part === undefined ? [] : [part])),
      size: fc.nat(),
    },
    { requiredKeys: [] },
  ),
}));

/** What protobufjs's compiled functions read, or the error that they throw, without its figures. */
function compiled(bytes: Uint8Array): unknown {
  return outcome(() => type.toObject(type.decode(bytes), { longs: Number, arrays: true }));
}

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message.split(":")[0];
  }
}

describe("readMessage", () => {
  it("reads what protobufjs's compiled functions read, of damaged bytes too", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 2 }), damage, fc.nat(), (messages, changes, cut) => {
        // Messages back to back are one message: the fields of the later ones are added to those of the first.
        const bytes = Buffer.concat(messages.map((each) => type.encode(type.fromObject(each)).finish()));
        for (const [at, value] of changes) if (at < 4 * bytes.length) bytes[at % bytes.length] = value;
        const read = new Uint8Array(cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes);
        expect(outcome(() => readMessage(type, read))).toEqual(compiled(read));
      }),
      { numRuns: 200 },
    );
  });

  it("passes over fields that it doesn't know, or that are of another type", () => {
    const stranger = type.root.lookupType("Stranger");
    const bytes = stranger.encode({ other: new Uint8Array([1, 2]), name: 7 }).finish();
    expect(readMessage(type, bytes)).toEqual({ numbers: [], loose: [], words: [], parts: [] });
  });
});
