import type { InferenceSession, Tensor } from "onnxruntime-common";
import {
  type Dataset,
  dimensionOf,
  FileError,
  type NoiseSource,
  type QuantizationProbe,
  STREAM,
  type TensorRange,
} from "../../../src/index.js";
import type { Layout, PixelScaling } from "../pixel-transform.js";
import { type CalibrationMethod, CUT, Extremes, Histogram } from "../value-range.js";
import { elementsOf } from "./elements.js";
import { batchFeed } from "./feed.js";
import { type InputForm, inputForm } from "./input.js";
import { reasonOf, tensorOf } from "./network.js";
import type { OnnxRuntime, Session } from "./provider.js";
import { loadOnnxRuntime } from "./runtime.js";

/** The noisy images on which a network's values are observed, and how. */
export interface Calibration {
  /** The network's name, for messages. */
  readonly path: string;
  readonly dataset: Dataset;
  /** Indices of the images; one noisy copy of each is shown. */
  readonly indices: readonly number[];
  readonly noise: NoiseSource;
  /** Keys the noise: integer in [0, 2^53). */
  readonly seed: number;
  readonly method: CalibrationMethod;
  /** @defaultValue inferred from the input's shape */
  readonly layout?: Layout;
  /** @defaultValue pixels in [0, 1] as they are */
  readonly scaling?: PixelScaling;
  /** Stops between two batches, by throwing its reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images in it. `percentile` shows every image twice. */
  readonly onImages?: (images: number) => void;
}

/** Noisy images shown at a time: all values of all of them are in memory together. */
const BATCH = 16;

/**
 * The range of each value that the probe of a network gives, over noisy copies of images: `minmax` takes the extremes,
 * `percentile` cuts off the outermost hundred thousandth at each end.
 *
 * @throws FileError if the network does not take the images, or if a value is no finite float32
 */
export async function calibrate(probe: QuantizationProbe, calibration: Calibration): Promise<Map<string, TensorRange>> {
  const network = await ProbedNetwork.open(probe, calibration);
  try {
    return await rangesOf(network, probe.values, calibration);
  } finally {
    await network.session.release();
  }
}

async function rangesOf(
  network: ProbedNetwork,
  values: readonly string[],
  { path, method }: Calibration,
): Promise<Map<string, TensorRange>> {
  const extremes = new Map(values.map((name) => [name, new Extremes()]));
  await network.observe(extremes);
  const ranges = new Map([...extremes].map(([name, { range }]) => [name, range]));
  for (const [name, range] of ranges) requireFinite(path, name, range);
  if (method === "minmax") return ranges;
  const histograms = new Map([...ranges].map(([name, range]) => [name, new Histogram(range)]));
  await network.observe(histograms);
  return new Map([...histograms].map(([name, histogram]) => [name, histogram.trimmed(CUT)]));
}

interface Observer {
  add(values: Float32Array): void;
}

class ProbedNetwork {
  private constructor(
    readonly runtime: OnnxRuntime,
    readonly session: Session,
    readonly form: InputForm,
    readonly calibration: Calibration,
  ) {}

  static async open({ model }: QuantizationProbe, calibration: Calibration): Promise<ProbedNetwork> {
    const { path, dataset, layout } = calibration;
    const runtime = await loadOnnxRuntime();
    const options = { executionProviders: [runtime.provider], logSeverityLevel: 4 } as const;
    const session = await runtime.InferenceSession.create(model, options).catch((cause: unknown) => {
      throw new FileError(path, `expected an ONNX model, but ONNX Runtime refuses it: ${reasonOf(cause)}`, { cause });
    });
    const form = inputForm(path, session.inputMetadata, dataset.shape, layout);
    const takesMany = form.fixedBatch !== undefined || (await takesBatch(runtime, session, form));
    return new ProbedNetwork(runtime, session, takesMany ? form : { ...form, fixedBatch: 1 }, calibration);
  }

  /** Shows all images, and what each value is to its observer. */
  async observe(observers: ReadonlyMap<string, Observer>): Promise<void> {
    const { indices, signal, onImages } = this.calibration;
    const size = this.form.fixedBatch ?? BATCH;
    for (let start = 0; start < indices.length; start += size) {
      signal?.throwIfAborted();
      const part = indices.slice(start, start + size);
      const input = this.#noisy(part, this.form.fixedBatch ?? part.length);
      const outputs = await this.#run(input, [...observers.keys()]);
      for (const [name, observer] of observers) observer.add(this.#floats(name, outputs[name] ?? input));
      onImages?.(part.length);
    }
  }

  async #run(input: Tensor, names: readonly string[]): Promise<InferenceSession.ReturnType> {
    const { name } = this.form;
    const wanted = names.filter((value) => value !== name);
    try {
      return await this.session.run({ [name]: input }, wanted);
    } catch (cause) {
      const taken = `${name} [${input.dims.join(", ")}]`;
      const problem = `expected a model that takes ${taken}, but ONNX Runtime says: ${reasonOf(cause)}`;
      throw new FileError(this.calibration.path, problem, { cause });
    }
  }

  /** A noisy copy of each image as the network takes it; a batch of a fixed size begins again with the first. */
  #noisy(indices: readonly number[], rows: number): Tensor {
    const { dataset, noise, seed, scaling } = this.calibration;
    const dimension = dimensionOf(dataset.shape);
    const batch = new Float32Array(rows * dimension);
    for (let row = 0; row < rows; row++) {
      const example = indices[row % indices.length];
      const address = { seed, stream: STREAM.training, example, sample: 0 };
      noise.perturb(batch, row * dimension, dataset.example(example).pixels, address, 1);
    }
    const fed = batchFeed(this.form, dataset.shape, scaling)(batch, rows, rows);
    return tensorOf(this.runtime, this.form, fed, rows);
  }

  #floats(name: string, tensor: Tensor): Float32Array {
    if (tensor.type === "float32") return tensor.data as Float32Array;
    throw new FileError(this.calibration.path, `expected float32 values, found ${tensor.type} for '${name}'`);
  }
}

/** Whether a network runs on several images at once, as it declares. */
async function takesBatch(runtime: OnnxRuntime, session: Session, form: InputForm): Promise<boolean> {
  const zeros = new Float32Array(form.dims.reduce((a, b) => a * b, BATCH));
  try {
    await session.run({ [form.name]: tensorOf(runtime, form, elementsOf(form.type, zeros), BATCH) });
    return true;
  } catch {
    return false;
  }
}

function requireFinite(path: string, name: string, { min, max }: TensorRange): void {
  if (Number.isFinite(min) && Number.isFinite(max)) return;
  throw new FileError(path, `expected finite values on the calibration images, found [${min}, ${max}] for '${name}'`);
}
