/**
 * What settings of layers must be, by their names in files: TensorFlow.js takes much else, and fails later without a
 * word of where.
 */
import { z } from "zod";
import { checkJson } from "../files/json.js";

const text = z.string().nullish();
const flag = z.boolean().nullish();
const count = z.int().min(1).nullish();
const integer = z.int();
/** A size, one for each side, or two for each side. */
const sizes = z
  .union([integer, z.array(z.union([integer, z.array(integer)]))], { error: "must be integers" })
  .nullish();
/** Sides of a tensor; an open one is null. */
const shape = z.array(integer.nullable()).nullish();
const named = z.union([z.string(), z.looseObject({ class_name: z.string(), config: z.looseObject({}) })], {
  error: "must be a name, or an object of class_name and config",
});

const FIELDS: Readonly<Record<string, z.ZodType>> = {
  ...each(["name", "data_format", "mode", "distribution", "interpolation"], text),
  ...each(["trainable", "use_bias", "center", "return_sequences", "return_state", "go_backwards", "unroll"], flag),
  ...each(["units", "filters", "n", "input_dim", "output_dim", "depth_multiplier"], count),
  ...each(["kernel_size", "strides", "pool_size", "dilation_rate", "size", "cropping", "dims"], sizes),
  ...each(["batch_input_shape", "input_shape", "target_shape"], shape),
  ...each(["rate", "epsilon", "momentum", "alpha", "max_value", "threshold"], z.number().nullish()),
  axis: z.union([integer, z.array(integer)], { error: "must be an integer, or some" }).nullish(),
  padding: z.union([z.string(), sizes], { error: "must be a name, or integers" }),
};

function each(names: readonly string[], schema: z.ZodType): Record<string, z.ZodType> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

/** Kinds of settings that are made by name. */
const NAMED = /(^activation|_(initializer|regularizer|constraint))$/;

/**
 * Checks the settings in an object of a topology.
 *
 * @throws FileError naming the one that is wrong
 */
export function checkFields(value: Readonly<Record<string, unknown>>, place: string, file: string): void {
  for (const [key, setting] of Object.entries(value)) {
    const schema = Object.hasOwn(FIELDS, key) ? FIELDS[key] : NAMED.test(key) ? named.nullish() : undefined;
    if (schema !== undefined) checkJson(schema, setting, file, `${place}.${key}`);
  }
}
