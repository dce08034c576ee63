/**
 * The topology in a `model.json`, checked before TensorFlow.js rebuilds it: TensorFlow.js waits for ever for an
 * inbound layer that never comes, and takes names for what JavaScript objects inherit.
 */
import { z } from "zod";
import { FileError, show } from "../errors.js";
import { checkJson } from "../files/json.js";
import { MAX_LAYERS } from "../files/limits.js";
import { checkFields } from "./layer-fields.js";
import { type GraphLayer, orderProblem } from "./topology-order.js";

/** A name that no JavaScript object has of itself, as `constructor`: TensorFlow.js looks names up in plain objects. */
export const plainName = z
  .string()
  .min(1)
  .refine((name) => !(name in {}), { error: ({ input }) => `must be another name than ${show(input)}` });

const className = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, "must be the name of a class of layers");
const index = z.int().min(0);
const callArguments = z.looseObject({ training: z.literal(false).nullish() }).nullish();
const reference = z.tuple([plainName, index, index]).rest(callArguments);

const graphLayer = z
  .looseObject({
    name: plainName,
    class_name: className,
    config: z.looseObject({ name: z.string() }),
    inbound_nodes: z.array(z.array(reference).min(1)),
  })
  .refine(({ name, config }) => config.name === name, { path: ["config", "name"], error: "must be the layer's name" });

const graph = z.looseObject({
  layers: z.array(graphLayer).min(1),
  input_layers: z.array(reference).min(1),
  output_layers: z.array(reference).min(1),
});

const stack = z.array(z.looseObject({ class_name: className, config: z.looseObject({}) })).min(1);

/** Classes of models, which hold layers. */
const GRAPHS: readonly unknown[] = ["Model", "Functional"];
const SEQUENTIAL = "Sequential";

const root = z.looseObject({
  class_name: z.enum(["Model", "Functional", SEQUENTIAL]),
  config: z.union([z.looseObject({}), z.array(z.unknown())]),
});

/**
 * Checks a `modelTopology`, and the models among its layers.
 *
 * @param file its file, for the messages
 * @throws FileError naming the field that is wrong
 */
export function checkTopology(modelTopology: object, file: string): void {
  const whole = "model_config" in modelTopology && modelTopology.model_config != null;
  const place = whole ? "modelTopology.model_config" : "modelTopology";
  const model: object = whole ? (modelTopology.model_config as object) : modelTopology;
  checkJson(root, model, file, place);
  const layers = checkObjects(model, place, file);
  if (layers <= MAX_LAYERS) return;
  throw new FileError(file, `${place}: must have at most ${MAX_LAYERS} layers, got ${layers}`);
}

/** Checks every object in a value, and returns the number of layers in it. */
function checkObjects(value: unknown, place: string, file: string): number {
  if (typeof value !== "object" || value === null) return 0;
  let layers = Array.isArray(value) ? 0 : checkObject(value as Record<string, unknown>, place, file);
  for (const [key, item] of Object.entries(value)) layers += checkObjects(item, `${place}.${key}`, file);
  return layers;
}

/** Checks an object by itself, and returns the number of its layers if it is a model. */
function checkObject(value: Record<string, unknown>, place: string, file: string): number {
  for (const key of Object.keys(value)) requireSpelling(key, place, file);
  checkFields(value, place, file);
  if (value.stateful === true) {
    throw new FileError(file, `${place}.stateful: must not be true: such a layer remembers the images before`);
  }
  if (GRAPHS.includes(value.class_name)) return checkGraph(value.config, `${place}.config`, file);
  return value.class_name === SEQUENTIAL ? checkStack(value.config, `${place}.config`, file) : 0;
}

/**
 * Keys that decide how a model is put together, as they are written in files. TensorFlow.js reads other spellings as
 * the same.
 */
const STRUCTURE: ReadonlyMap<string, string> = new Map(
  ["class_name", "config", "layers", "layer", "cell", "cells", "name", "stateful", "training"]
    .concat(["inbound_nodes", "input_layers", "output_layers"])
    .map((key) => [plainSpelling(key), key]),
);

function plainSpelling(key: string): string {
  return key.replaceAll("_", "").toLowerCase();
}

function requireSpelling(key: string, place: string, file: string): void {
  const spelling = STRUCTURE.get(plainSpelling(key)) ?? key;
  if (key !== spelling) throw new FileError(file, `${place}: expected the key ${spelling}, found ${show(key)}`);
}

function checkStack(config: unknown, place: string, file: string): number {
  const isList = Array.isArray(config);
  const layers = isList ? config : checkJson(z.looseObject({}), config, file, place).layers;
  return checkJson(stack, layers, file, isList ? place : `${place}.layers`).length;
}

function checkGraph(config: unknown, at: string, file: string): number {
  const { layers, input_layers: inputs, output_layers: outputs } = checkJson(graph, config, file, at);
  const byName = new Map(layers.map((layer) => [layer.name, toGraphLayer(layer)]));
  if (byName.size < layers.length) {
    const twice = layers.findIndex(({ name }, i) => layers.findIndex((other) => other.name === name) !== i);
    throw new FileError(
      file,
      `${at}.layers.${twice}.name: must differ from the others, got ${show(layers[twice].name)}`,
    );
  }
  const references = [...inboundOf(layers), ...listed("input_layers", inputs), ...listed("output_layers", outputs)];
  for (const [place, each] of references) requireReference(byName, each, `${at}.${place}`, file);
  const problem = orderProblem(byName);
  if (problem !== undefined) throw new FileError(file, `${at}.layers: ${problem}`);
  return layers.length;
}

type Reference = z.infer<typeof reference>;
type PlacedReference = readonly [place: string, reference: Reference];

function listed(place: string, references: readonly Reference[]): PlacedReference[] {
  return references.map((each, i) => [`${place}.${i}`, each]);
}

function inboundOf(layers: readonly z.infer<typeof graphLayer>[]): PlacedReference[] {
  return layers.flatMap(({ inbound_nodes: nodes }, l) =>
    nodes.flatMap((references, n) => listed(`layers.${l}.inbound_nodes.${n}`, references)),
  );
}

/** What a reference names must be there: a layer, its so-manieth call, and that one's so-manieth output. */
function requireReference(
  layers: ReadonlyMap<string, GraphLayer>,
  [name, node, tensor]: Reference,
  place: string,
  file: string,
): void {
  const layer = layers.get(name);
  if (layer === undefined) throw new FileError(file, `${place}: must name one of the layers, got ${show(name)}`);
  const calls = layer.firstCalls + layer.calls.length;
  const [what, count, got] = node < calls ? ["an output", layer.outputs, tensor] : ["a call", calls, node];
  if (got < count) return;
  throw new FileError(file, `${place}: must be ${what} in [0, ${count - 1}] of the layer ${show(name)}, got ${got}`);
}

function toGraphLayer({ class_name, config, inbound_nodes }: z.infer<typeof graphLayer>): GraphLayer {
  const isContainer = GRAPHS.includes(class_name) || class_name === SEQUENTIAL;
  const firstCalls = isContainer || class_name === "InputLayer" ? 1 : 0;
  const calls = inbound_nodes.map((call) => call.map(([name, node]) => ({ name, node })));
  return { firstCalls, calls, outputs: outputsOf(class_name, config) };
}

/** How many tensors a call of a layer makes; those of a recurrent layer that gives its state aren't counted. */
function outputsOf(className: string, config: Readonly<Record<string, unknown>>): number {
  if (GRAPHS.includes(className) && Array.isArray(config.output_layers)) return config.output_layers.length;
  return config.return_state === true ? Infinity : 1;
}
