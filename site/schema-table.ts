import { z } from "zod";
import { code, plain, table } from "./markdown.js";

/** What zod says of a value in JSON. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** What is known of a field beside its schema. */
export interface Described {
  readonly text: string;
  readonly default?: string;
}

/**
 * A table of an object's fields.
 *
 * @param described what a field is and its default, where its schema doesn't say
 */
export function fieldTable(
  schema: JsonSchema,
  described: (name: string) => Described | undefined = () => undefined,
): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    code(name),
    plain(field.description ?? described(name)?.text ?? ""),
    plain(valueText(field)),
    defaultOf(name, field, schema) || plain(described(name)?.default ?? ""),
  ]);
  return table(["field", "what it is", "value", "default"], rows);
}

function defaultOf(name: string, field: JsonSchema, { required = [] }: JsonSchema): string {
  if (required.includes(name)) return "required";
  return field.default === undefined || typeof field.default === "object" ? "" : code(String(field.default));
}

function valueText(field: JsonSchema): string {
  const { anyOf, items, prefixItems } = field;
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum !== undefined) return `one of ${field.enum.join(", ")}`;
  if (anyOf !== undefined) return anyOf.map(valueText).join(", or ");
  if (prefixItems !== undefined) return `[${prefixItems.map(valueText).join(", ")}]`;
  if (field.type === "array") return items ? `a list, each ${valueText(items)}` : "a list";
  if (field.pattern !== undefined) return `text that matches ${field.pattern}`;
  return numberOf(field) ?? NAMES[String(field.type)] ?? "an object";
}

const NAMES: Readonly<Record<string, string>> = { string: "text", boolean: "true or false", object: "an object" };

/** A number and its range, open and closed ends as brackets say. */
function numberOf(field: JsonSchema): string | undefined {
  if (field.type !== "integer" && field.type !== "number") return undefined;
  const noun = field.type === "integer" ? "an integer" : "a number";
  const { minimum, exclusiveMinimum, exclusiveMaximum } = field;
  const maximum = field.maximum === Number.MAX_SAFE_INTEGER ? undefined : field.maximum;
  const [low, high] = [minimum ?? exclusiveMinimum, maximum ?? exclusiveMaximum];
  if (low === undefined && high === undefined) return noun;
  const from = low === undefined ? "(-∞" : `${minimum === undefined ? "(" : "["}${low}`;
  const to = high === undefined ? "∞)" : `${high}${maximum === undefined ? ")" : "]"}`;
  return `${noun} in ${from}, ${to}`;
}
