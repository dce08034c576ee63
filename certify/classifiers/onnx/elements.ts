import { floatsOfHalves, halvesOf } from "./float16.js";

/** Types of the elements of an input that images can be fed to. */
export const INPUT_TYPES = ["float32", "float16", "float64", "uint8"] as const;
export type InputType = (typeof INPUT_TYPES)[number];

/** Types of the elements of an output that scores can be read from. */
export const SCORE_TYPES: readonly string[] = ["float32", "float16", "float64"];

/** Elements of a tensor; those of float16 are their bits. */
export type Elements = Float32Array | Float64Array | Uint16Array | Uint8Array;

/**
 * Floats as an input takes them: halves rounded to the nearest, bytes rounded to the nearest (ties to even) and
 * clipped to 0..255.
 */
export function elementsOf(type: InputType, values: Float32Array): Elements {
  switch (type) {
    case "float32":
      return values;
    case "float16":
      return halvesOf(values);
    case "float64":
      return new Float64Array(values);
    case "uint8":
      return new Uint8Array(new Uint8ClampedArray(values).buffer);
  }
}

/** The numbers of an output. Float16 comes as bits where JavaScript has no array of halves. */
export function numbersOf(data: ArrayLike<unknown>): ArrayLike<number> {
  return data instanceof Uint16Array ? floatsOfHalves(data) : (data as ArrayLike<number>);
}
