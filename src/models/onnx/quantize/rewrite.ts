import { ATTRIBUTE_TYPE, DATA_TYPE, type OnnxNode } from "../messages.js";
import {
  type ActivationScheme,
  quantizeBias,
  quantizeWeights,
  smallestWeightScale,
  WEIGHT_LIMIT,
  type WeightBits,
} from "./affine.js";
import type { Graph } from "./graph.js";
import { type KernelOperands, kernelOperands, layoutOf } from "./kernels.js";
import type { Plan } from "./plan.js";

/** How weights become integers. */
export interface WeightOptions {
  /** A scale for each output channel, or one for the whole tensor. */
  readonly perChannel: boolean;
  readonly bits: WeightBits;
}

/**
 * Writes the plan into the graph: each of its values is rounded to bytes and back (QuantizeLinear, DequantizeLinear),
 * weights and biases are stored as integers. A runtime computes what lies between two roundings in integers.
 */
export function insertRounding(
  graph: Graph,
  plan: Plan,
  schemes: ReadonlyMap<string, ActivationScheme>,
  options: WeightOptions,
): void {
  new Rewriter(graph, plan, schemes, options).run();
}

class Rewriter {
  readonly #nodes: OnnxNode[] = [];
  /** What stands for each value after rounding. */
  readonly #rounded = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    readonly plan: Plan,
    readonly schemes: ReadonlyMap<string, ActivationScheme>,
    readonly options: WeightOptions,
  ) {}

  run(): void {
    const { graph, plan } = this;
    const made = new Set(graph.nodes.flatMap(({ output }) => output));
    for (const value of plan.values.keys()) if (!made.has(value)) this.#round(value);
    const rectifiers = new Set(plan.rectifiers.values());
    for (const node of graph.nodes) if (!rectifiers.has(node)) this.#rewrite(node);
    graph.nodes = this.#nodes;
    graph.dropUnusedConstants();
  }

  #rewrite(node: OnnxNode): void {
    const operands = this.plan.nodes.has(node) ? kernelOperands(this.graph, node) : undefined;
    const rectifier = this.plan.rectifiers.get(node);
    const output = rectifier === undefined ? node.output : rectifier.output;
    const constants = operands === undefined ? [] : this.#constants(output[0], this.#scheme(node.input[0]), operands);
    const input = node.input.map((name, i) => constants[i - 1] ?? this.#rounded.get(name) ?? name);
    this.#nodes.push({ ...node, input, output });
    for (const name of output) if (this.plan.values.has(name)) this.#round(name);
  }

  #scheme(value: string): ActivationScheme {
    return this.schemes.get(this.plan.values.get(value)!)!;
  }

  /** Rounds a value to bytes and back. */
  #round(value: string): void {
    const { scale, zeroPoint } = this.#scheme(value);
    const scheme = [
      this.#floats(`${value}/scale`, [], Float32Array.of(scale)),
      this.#constant(`${value}/zero_point`, DATA_TYPE.uint8, [], Uint8Array.of(zeroPoint)),
    ];
    const bytes = this.#node("QuantizeLinear", `${value}/bytes`, [value, ...scheme]);
    this.#rounded.set(value, this.#node("DequantizeLinear", `${value}/rounded`, [bytes, ...scheme]));
  }

  /** Integer weights and bias of the node that makes `name`; returns what stands for them in floats. */
  #constants(name: string, { scale }: ActivationScheme, operands: KernelOperands): string[] {
    const { weights, dims, axis, bias } = operands;
    const layout = layoutOf(operands, this.options.perChannel);
    const largestBias = (c: number): number =>
      (layout.channels === 1 ? bias?.reduce((most, b) => Math.max(most, Math.abs(b)), 0) : bias?.[c]) ?? 0;
    const limit = WEIGHT_LIMIT[this.options.bits];
    const quantized = quantizeWeights(weights, layout, limit, (c) => smallestWeightScale(largestBias(c), scale));
    const { values, scales } = quantized;
    const weight = this.#stored(`${name}/weight`, DATA_TYPE.int8, dims, values, scales, axis);
    if (bias === undefined) return [weight];
    const added = quantizeBias(bias, scale, scales);
    const biasScales = layout.channels === 1 ? added.scales.slice(0, 1) : added.scales;
    return [weight, this.#stored(`${name}/bias`, DATA_TYPE.int32, [bias.length], added.values, biasScales, 0)];
  }

  /** A constant stored as integers; one scale is a scalar, several lie along `axis`. */
  #stored(
    name: string,
    dataType: number,
    dims: readonly number[],
    values: Int8Array | Int32Array,
    scales: Float32Array,
    axis: number,
  ): string {
    const scaleDims = scales.length === 1 ? [] : [scales.length];
    const zeros = new Uint8Array(scales.length * values.BYTES_PER_ELEMENT);
    const inputs = [
      this.#constant(`${name}/integers`, dataType, dims, new Uint8Array(values.buffer)),
      this.#floats(`${name}/scale`, scaleDims, scales),
      this.#constant(`${name}/zero_point`, dataType, scaleDims, zeros),
    ];
    return this.#node("DequantizeLinear", name, inputs, scales.length === 1 ? undefined : axis);
  }

  #floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#constant(name, DATA_TYPE.float, dims, new Uint8Array(values.buffer));
  }

  #constant(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): string {
    return this.graph.addConstant({ name, dataType, dims: [...dims], rawData });
  }

  #node(opType: string, name: string, input: string[], axis?: number): string {
    const attribute = axis === undefined ? [] : [{ name: "axis", type: ATTRIBUTE_TYPE.int, i: axis }];
    const output = this.graph.freeName(name);
    this.#nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }
}
