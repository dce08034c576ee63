import { dimensionOf, type ImageShape } from "../../../src/data/dataset.js";
import { FileError } from "../../../src/errors.js";
import type { Layout } from "../pixel-transform.js";
import { INPUT_TYPES, type InputType } from "./elements.js";

/** How an ONNX model takes a batch of images. */
export interface InputForm {
  /** The input's name. */
  readonly name: string;
  readonly type: InputType;
  readonly layout: Layout;
  /** Dimensions behind the batch, e.g. [1, 28, 28]. */
  readonly dims: readonly number[];
  /** The batch size, where the model was exported with a fixed one. */
  readonly fixedBatch: number | undefined;
}

/** What ONNX Runtime tells of an input or an output; a dimension is a number or the name of a free one. */
export interface ValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/**
 * Finds out how images of `imageShape` go into the model: [N, C, H, W], [N, H, W, C], [N, H, W] for one channel, or
 * flattened [N, d]; where none of these fits, one of them with dimensions of 1 put in or left out, such as [N, d, 1].
 * Free dimensions fit anything.
 *
 * @param asked overrides the inference
 * @throws FileError if the model has not one input of {@link INPUT_TYPES}, if no form fits, or if more than one does
 */
export function inputForm(
  path: string,
  inputs: readonly ValueMetadata[],
  imageShape: ImageShape,
  asked?: Layout,
): InputForm {
  if (inputs.length !== 1) {
    throw new FileError(path, `expected one input, found ${inputs.length}: ${inputs.map((i) => i.name).join(", ")}`);
  }
  const [{ name, shape = [] }] = inputs;
  const type = typeOf(path, inputs[0]);
  const [batch, ...rest] = shape;
  const fitting = fittingForms(rest, imageShape, asked);
  if (fitting.length === 0) throw new FileError(path, misfit(name, shape, imageShape, asked));
  const [form] = fitting;
  if (asked === undefined && fitting.some((other) => !alike(form, other))) {
    throw new FileError(
      path,
      `input '${name}' [${shape}] fits images of ${imageShape.join("x")} in both layouts; ` +
        "say --layout nchw or --layout nhwc",
    );
  }
  const fixedBatch = typeof batch === "number" && batch > 0 ? batch : undefined;
  return { name, type, layout: form.layout, dims: form.dims, fixedBatch };
}

function typeOf(path: string, { name, isTensor, type }: ValueMetadata): InputType {
  const known = INPUT_TYPES.find((each) => isTensor && each === type);
  if (known !== undefined) return known;
  const found = isTensor ? type : "no tensor";
  throw new FileError(
    path,
    `expected an input of ${INPUT_TYPES.join(", ")}, found ${found} for '${name}'. ` +
      "Put a Cast from float32 in front of the model, or export it with a float input",
  );
}

interface Form {
  readonly layout: Layout;
  readonly dims: readonly number[];
  /** Whether both layouts put the pixels in the same order. */
  readonly same: boolean;
}

/** Whether an input in one form is the same tensor as in the other. */
function alike(a: Form, b: Form): boolean {
  return (a.layout === b.layout || (a.same && b.same)) && a.dims.join() === b.dims.join();
}

function fittingForms(
  declared: readonly (number | string)[],
  shape: ImageShape,
  asked: Layout | undefined,
): readonly Form[] {
  const forms = formsOf(shape, asked);
  const exact = forms.filter((form) => fits(declared, form.dims));
  if (exact.length > 0) return exact;
  const stretched = forms.flatMap((form) =>
    withOnes(
      form.dims.filter((size) => size !== 1),
      declared.length,
    ).map((dims) => ({ ...form, dims })),
  );
  return stretched.filter((form) => fits(declared, form.dims));
}

/**
 * The forms that images may take, those of the layout asked for first; those of the other layout only where they hold
 * the same.
 */
function formsOf(shape: ImageShape, asked: Layout | undefined): Form[] {
  const [height, width, channels] = shape;
  const same = channels === 1 || height * width === 1;
  const forms: Form[] = [
    { layout: "nchw", dims: [channels, height, width], same },
    { layout: "nhwc", dims: [height, width, channels], same },
    { layout: "nchw", dims: [dimensionOf(shape)], same },
    { layout: "nhwc", dims: [dimensionOf(shape)], same },
  ];
  if (channels === 1) forms.push({ layout: "nhwc", dims: [height, width], same });
  const wanted = forms.filter((form) => asked === undefined || form.layout === asked);
  return [...wanted, ...forms.filter((form) => form.same && !wanted.includes(form))];
}

/** The most dimensions that are looked at: no image is flattened into more. */
const MOST_DIMENSIONS = 6;

/** The sizes, in their order, with ones between them up to `length` dimensions in all: every way to do so. */
function withOnes(sizes: readonly number[], length: number): number[][] {
  if (length < sizes.length || length > MOST_DIMENSIONS) return [];
  if (length === 0) return [[]];
  const one = withOnes(sizes, length - 1).map((rest) => [1, ...rest]);
  const [first, ...others] = sizes;
  return first === undefined ? one : [...withOnes(others, length - 1).map((rest) => [first, ...rest]), ...one];
}

function fits(declared: readonly (number | string)[], dims: readonly number[]): boolean {
  return declared.length === dims.length && declared.every((d, i) => typeof d === "string" || d <= 0 || d === dims[i]);
}

function misfit(name: string, shape: readonly unknown[], [h, w, c]: ImageShape, asked?: Layout): string {
  const found = `found [${shape.join(", ")}]`;
  if (h * w === 1) return `expected input '${name}' to take vectors of ${c} numbers as [N, ${c}], ${found}`;
  const nchw = `[N, ${c}, ${h}, ${w}]`;
  const nhwc = `[N, ${h}, ${w}, ${c}]`;
  const wanted = asked === undefined ? `${nchw} or ${nhwc}` : asked === "nchw" ? nchw : nhwc;
  const flat = `flattened, [N, ${h * w * c}] would do too`;
  return `expected input '${name}' to take images of ${h}x${w}x${c} as ${wanted}, ${found}; ${flat}`;
}
