import protobuf from "protobufjs/light.js";

/**
 * A protocol buffer of a type as a plain object: repeated fields are arrays, empty where the message has none; others
 * are left out where it has none, or the value that stands for none; 64-bit integers are numbers; fields that the type
 * doesn't name are skipped. It walks through the type, where protobufjs compiles a function: pages with a
 * Content-Security-Policy don't allow that.
 *
 * @throws Error if the bytes are no protocol buffer, or messages lie too deep in one another
 */
export function readMessage(type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> {
  type.root.resolveAll();
  return readInto({}, type, protobuf.Reader.create(bytes), bytes.length, 0);
}

type Fields = Record<string, unknown>;

/** Reads up to `end`. What the message has already is added to, as of messages that come in two parts. */
function readInto(message: Fields, type: protobuf.Type, reader: protobuf.Reader, end: number, depth: number): Fields {
  if (depth > protobuf.Reader.recursionLimit) throw new Error("max depth exceeded");
  for (const field of type.fieldsArray) if (field.repeated) message[field.name] ??= [];
  while (reader.pos < end) {
    const tag = reader.tag();
    const [id, wire] = [tag >>> 3, tag & 7];
    const field: protobuf.Field | undefined = type.fieldsById[id];
    const isRead = field !== undefined && readField(message, field, wire, reader, depth);
    if (!isRead) reader.skipType(wire, depth, id);
  }
  return message;
}

const LENGTH = 2;

/** Reads a field's value; false where it is not written as one of the field's type. */
function readField(
  message: Fields,
  field: protobuf.Field,
  wire: number,
  reader: protobuf.Reader,
  depth: number,
): boolean {
  const { name, repeated, resolvedType } = field;
  const values = message[name] as unknown[];
  if (resolvedType instanceof protobuf.Type) {
    if (wire !== LENGTH) return false;
    const into = repeated ? {} : ((message[name] ?? {}) as Fields);
    within(reader, (end) => readInto(into, resolvedType, reader, end, depth + 1));
    if (repeated) values.push(into);
    else message[name] = into;
    return true;
  }
  if (repeated && wire === LENGTH && field.type in protobuf.types.packed) {
    within(reader, (end) => {
      while (reader.pos < end) values.push(scalar(reader, field.type));
    });
    return true;
  }
  if (wire !== WIRE[field.type]) return false;
  const value = scalar(reader, field.type);
  if (repeated) values.push(value);
  else if (field.hasPresence || !isDefault(value)) message[name] = value;
  else delete message[name];
  return true;
}

/** Whether a value is the one that a field has which isn't there. */
function isDefault(value: unknown): boolean {
  return Object.is(value, 0) || ((typeof value === "string" || value instanceof Uint8Array) && value.length === 0);
}

/** Reads what has its length before it, and not beyond. */
function within(reader: protobuf.Reader, read: (end: number) => void): void {
  const end = reader.size() + reader.pos;
  const outer = reader.len;
  if (end > outer) throw new RangeError("index out of range");
  reader.len = end;
  read(end);
  if (reader.pos !== end) throw new RangeError("index out of range");
  reader.len = outer;
}

/** How the values of types that are no messages are written. */
const WIRE: Readonly<Record<string, number>> = protobuf.types.basic;

function scalar(reader: protobuf.Reader, type: string): unknown {
  const value = type === "string" ? reader.stringVerify() : reader[type as keyof typeof protobuf.types.basic]();
  return type.endsWith("64") ? Number(value) : value;
}
