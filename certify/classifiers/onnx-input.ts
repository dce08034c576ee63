import { dimensionOf, type ImageShape } from "../../src/data/dataset.js";
import { FileError } from "../../src/errors.js";
import type { Layout } from "./pixel-transform.js";

/** How an ONNX model takes a batch of images. */
export interface InputForm {
  /** The input's name. */
  readonly name: string;
  readonly layout: Layout;
  /** Dimensions behind the batch, e.g. [1, 28, 28]. */
  readonly dims: readonly number[];
  /** The batch size, where the model was exported with a fixed one. */
  readonly fixedBatch: number | undefined;
}

/** What ONNX Runtime tells of an input; a dimension is a number or the name of a free one. */
export interface InputMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/**
 * Finds out how images of `imageShape` go into the model: [N, C, H, W], [N, H, W, C], [N, H, W] for one channel, or
 * flattened [N, d]. Free dimensions fit anything.
 *
 * @param asked overrides the inference
 * @throws FileError if the model has not one float32 input, if no form fits, or if more than one does
 */
export function inputForm(
  path: string,
  inputs: readonly InputMetadata[],
  imageShape: ImageShape,
  asked?: Layout,
): InputForm {
  if (inputs.length !== 1) {
    throw new FileError(path, `expected one input, found ${inputs.length}: ${inputs.map((i) => i.name).join(", ")}`);
  }
  const [{ name, isTensor, type, shape = [] }] = inputs;
  if (!isTensor || type !== "float32") {
    throw new FileError(path, `expected a float32 input, found ${isTensor ? type : "no tensor"} for '${name}'`);
  }
  const [batch, ...rest] = shape;
  const fitting = formsOf(imageShape, asked).filter((form) => fits(rest, form.dims));
  if (fitting.length === 0) throw new FileError(path, misfit(name, shape, imageShape, asked));
  const [form] = fitting;
  if (asked === undefined && fitting.some((other) => !alike(form, other))) {
    throw new FileError(
      path,
      `input '${name}' [${shape}] fits images of ${imageShape.join("x")} in both layouts; say --layout nchw or --layout nhwc`,
    );
  }
  const fixedBatch = typeof batch === "number" && batch > 0 ? batch : undefined;
  return { name, layout: form.layout, dims: form.dims, fixedBatch };
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

/** The forms that images may take, those of the layout asked for first; those of the other layout only where they hold the same. */
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

function fits(declared: readonly (number | string)[], dims: readonly number[]): boolean {
  return declared.length === dims.length && declared.every((d, i) => typeof d === "string" || d <= 0 || d === dims[i]);
}

function misfit(name: string, shape: readonly unknown[], [h, w, c]: ImageShape, asked?: Layout): string {
  const nchw = `[N, ${c}, ${h}, ${w}]`;
  const nhwc = `[N, ${h}, ${w}, ${c}]`;
  const wanted = asked === undefined ? `${nchw} or ${nhwc}` : asked === "nchw" ? nchw : nhwc;
  return `expected input '${name}' to take images of ${h}x${w}x${c} as ${wanted}, found [${shape.join(", ")}]`;
}
