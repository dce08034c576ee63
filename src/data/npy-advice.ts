/** What to do about a NumPy array that cannot be read as it is: an expression of Python that makes one which can. */

/** The numbers of an array: their range, and whether they are whole or missing. */
interface Range {
  /** Of the finite values; 0 if there are none. */
  readonly lowest: number;
  readonly highest: number;
  readonly whole: boolean;
  readonly finite: boolean;
}

/** Numbers of any type that NumPy has. */
export type NumberList = ArrayLike<number | bigint>;

function rangeOf(values: NumberList): Range {
  let [lowest, highest, whole, finite] = [Infinity, -Infinity, true, true];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (Number.isFinite(value)) {
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
      whole &&= Number.isInteger(value);
    } else finite = false;
  }
  return lowest <= highest ? { lowest, highest, whole, finite } : { lowest: 0, highest: 0, whole, finite };
}

/** An expression that makes float pixels in [0, 1], or uint8, of float `x` that are neither. */
export function floatPixels(values: NumberList): string {
  const { lowest, highest, whole, finite } = rangeOf(values);
  const x = finite ? "x" : `np.nan_to_num(x, nan=${lowest}, posinf=${highest}, neginf=${lowest})`;
  const within = (least: number, most: number, slack: number): boolean =>
    lowest >= least - slack && highest <= most + slack;
  if (within(0, 1, 0)) return `${x}.astype(np.float32)`;
  if (within(0, 1, 0.01)) return `np.clip(${x}, 0, 1).astype(np.float32)`;
  if (within(-1, 1, 0.01)) return `np.clip((${x} + 1) / 2, 0, 1).astype(np.float32)`;
  if (within(0, 255, 0)) return whole ? `${x}.astype(np.uint8)` : `(${x} / 255).astype(np.float32)`;
  if (within(0, 65535, 0)) return `(${x} / 65535).astype(np.float32)`;
  const undone = `np.clip(${x} * std + mean, 0, 1).astype(np.float32)`;
  return `${undone}, with the std and mean that were divided by and taken off`;
}

/** An expression that makes pixels of `x`, integers of another type than uint8. */
export function integerPixels(values: NumberList): string {
  const { lowest, highest } = rangeOf(values);
  if (lowest >= 0 && highest <= 1) return "x.astype(np.uint8) * 255";
  if (lowest >= 0 && highest <= 255) return "x.astype(np.uint8), or (x.astype(np.float32) / 255)";
  if (lowest >= 0 && highest <= 65535) return "(x / 65535).astype(np.float32)";
  if (lowest >= -128 && highest <= 127) return "(x.astype(np.int16) + 128).astype(np.uint8)";
  return `((x - ${lowest}.0) / ${highest - lowest}.0).astype(np.float32)`;
}

/** An expression that makes whole numbers from 0 of labels `y` that are floats. */
export function wholeLabels(values: NumberList): string {
  const { lowest, highest, whole, finite } = rangeOf(values);
  if (whole && finite) return "y.astype(np.int64)";
  return lowest >= 0 && highest <= 1 ? "(y > 0.5).astype(np.int64)" : NUMBERED;
}

/** Labels of any kind numbered from 0 in their order. */
const NUMBERED = "np.unique(y, return_inverse=True)[1]";

/**
 * What an array is that holds no plain numbers, and an expression that makes plain ones of it; undefined for numbers.
 */
export function otherThanNumbers(descr: string, array: "x" | "y"): { found: string; convert: string } | undefined {
  if (/^[<>|=]?O/.test(descr)) {
    const loaded = `${array} = np.load(FILE, allow_pickle=True), of a file that you trust`;
    return { found: "pickled Python objects", convert: `np.array(${array}.tolist()) with ${loaded}` };
  }
  if (descr === "[") {
    const fields = `np.stack([${array}[name] for name in ${array}.dtype.names], axis=-1)`;
    return { found: "records of several fields", convert: fields };
  }
  if (/^[<>|=]?(b1|\?)$/.test(descr)) {
    const numbers = array === "y" ? "y.astype(np.int64)" : "x.astype(np.uint8) * 255";
    return { found: "bool", convert: numbers };
  }
  if (/^[<>|=]?[US]/.test(descr)) {
    const numbers = `${array}.astype(np.float32)`;
    return { found: `texts (${descr})`, convert: array === "y" ? NUMBERED : numbers };
  }
  return undefined;
}
