/** What operators do with the axis of the batch. What is not here is not known. */
import { attributeOf, isStandard } from "../node.js";
import type { LiveNode } from "./live-nodes.js";
import { type BatchPlace, carriesBatch, type Effect, fromFront, integer, integers, type Judged } from "./place.js";

type Rule = (judged: Judged) => Effect;

const MIXES = (axis: number): Effect => ({ mixes: `axis ${axis}, which runs over the images of the batch` });
const MIXES_ALL: Effect = { mixes: "all axes, those of the batch included" };

/** Values stay where they are, and the other inputs don't carry the batch. */
const keep: Rule = ({ first, places }) => (places.slice(1).some(carriesBatch) ? undefined : first);

/** Element by element, shapes aligned at the last axis. */
const elementwise: Rule = ({ places, node }) => {
  const known = places.filter((_, i) => node.input[i] !== "");
  const ranks = known.map((place) => place?.rank);
  if (ranks.some((rank) => rank === undefined)) return undefined;
  const rank = Math.max(...(ranks as number[]));
  const axes = known.filter(carriesBatch).map((place) => place.axis + rank - place.rank);
  return axes.every((axis) => axis === axes[0]) ? { axis: axes[0], rank } : undefined;
};

/** Images in front stay there. */
const inFront: Rule = (judged) => (judged.first.axis === 0 ? keep(judged) : undefined);

const flatten: Rule = (judged) => {
  const axis = integer(judged, "axis", 1);
  return judged.first.axis === 0 && fromFront(axis, judged.first) > 0 ? { axis: 0, rank: 2 } : undefined;
};

const reshape: Rule = (judged) => {
  const shape = integers(judged, 1, "shape");
  if (shape === undefined || judged.first.axis !== 0 || integer(judged, "allowzero", 0) !== 0) return undefined;
  return [0, -1, judged.batch].includes(shape[0]) ? { axis: 0, rank: shape.length } : undefined;
};

const transpose: Rule = ({ node, first: { axis, rank } }) => {
  const order = attributeOf(node, "perm")?.ints ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return { axis: order.indexOf(axis), rank };
};

const squeeze: Rule = (judged) => {
  const axes = integers(judged, 1, "axes")?.map((axis) => fromFront(axis, judged.first));
  return axes === undefined || axes.length === 0 ? undefined : without(axes, judged.first);
};

/** What is left when axes are taken away; undefined if that of the batch is among them. */
function without(axes: readonly number[], { axis, rank }: BatchPlace): BatchPlace | undefined {
  if (axes.includes(axis)) return undefined;
  return { axis: axis - axes.filter((each) => each < axis).length, rank: rank - axes.length };
}

const unsqueeze: Rule = (judged) => {
  const given = integers(judged, 1, "axes");
  if (given === undefined) return undefined;
  const rank = judged.first.rank + given.length;
  const added = given.map((axis) => (axis < 0 ? axis + rank : axis));
  const old = Array.from({ length: rank }, (_, i) => i).filter((i) => !added.includes(i));
  return { axis: old[judged.first.axis], rank };
};

const reduce: Rule = (judged) => {
  const { first } = judged;
  const axes = integers(judged, 1, "axes")?.map((axis) => fromFront(axis, first));
  if (axes === undefined) return undefined;
  if (axes.length === 0) return integer(judged, "noop_with_empty_axes", 0) === 0 ? MIXES_ALL : first;
  if (axes.includes(first.axis)) return MIXES(first.axis);
  return integer(judged, "keepdims", 1) === 0 ? without(axes, first) : first;
};

const argReduce: Rule = (judged) => {
  const axis = fromFront(integer(judged, "axis", 0), judged.first);
  if (axis === judged.first.axis) return MIXES(axis);
  return integer(judged, "keepdims", 1) === 0 ? without([axis], judged.first) : judged.first;
};

/** Before opset 13 all axes from the given one on are one. */
const softmax: Rule = (judged) => {
  const { first, opset } = judged;
  const axis = fromFront(integer(judged, "axis", opset < 13 ? 1 : -1), first);
  return axis === first.axis || (opset < 13 && axis < first.axis) ? MIXES(first.axis) : first;
};

/** Over the axis that an attribute names. */
const along =
  (otherwise: number): Rule =>
  (judged) => {
    const axis = fromFront(integer(judged, "axis", otherwise), judged.first);
    return axis === judged.first.axis ? MIXES(axis) : keep(judged);
  };

const cumulative: Rule = (judged) => {
  const axes = integers(judged, 1, "axis");
  if (axes === undefined) return undefined;
  return fromFront(axes[0], judged.first) === judged.first.axis ? MIXES(judged.first.axis) : judged.first;
};

/** Over all axes from the given one on. */
const layerNormalization: Rule = (judged) =>
  fromFront(integer(judged, "axis", -1), judged.first) <= judged.first.axis ? MIXES(judged.first.axis) : keep(judged);

const meanVariance: Rule = ({ node, first }) => {
  const axes = (attributeOf(node, "axes")?.ints ?? [0, 2, 3]).map((axis) => fromFront(axis, first));
  return axes.includes(first.axis) ? MIXES(first.axis) : first;
};

/** Concatenation may make rows of an image's own, e.g. of its mirror image: along the batch it is left open. */
const apartFrom =
  (rule: Rule): Rule =>
  (judged) =>
    fromFront(integer(judged, "axis", 0), judged.first) === judged.first.axis ? undefined : rule(judged);

const gather: Rule = apartFrom((judged) => {
  const { first, places } = judged;
  const indices = places[1]?.axis === undefined ? places[1]?.rank : undefined;
  if (indices === undefined) return undefined;
  const axis = fromFront(integer(judged, "axis", 0), first);
  return { axis: axis < first.axis ? first.axis + indices - 1 : first.axis, rank: first.rank + indices - 1 };
});

const matMul: Rule = (judged) => {
  const { first, places } = judged;
  const [, second] = places;
  if (second?.rank === undefined || first.rank < 2 || second.rank < 2 || first.axis === first.rank - 1)
    return undefined;
  if (carriesBatch(second)) return first.axis < first.rank - 2 ? elementwise(judged) : undefined;
  return { axis: first.axis + Math.max(0, second.rank - first.rank), rank: Math.max(first.rank, second.rank) };
};

const gemm: Rule = (judged) => (integer(judged, "transA", 0) === 0 ? inFront(judged) : undefined);

const UNARY =
  "Abs Acos Asin Atan BitwiseNot Cast Ceil Celu Clip Cos Cosh DequantizeLinear Dropout Elu Erf Exp Floor Gelu " +
  "HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not QuantizeLinear Reciprocal Relu Round Selu " +
  "Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu";
const ELEMENTWISE =
  "Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow PRelu Sub Sum Where Xor";
const IN_FRONT =
  "AveragePool BatchNormalization Conv ConvTranspose DepthToSpace GlobalAveragePool GlobalMaxPool GroupNormalization " +
  "InstanceNormalization LRN LpPool MaxPool QLinearConv SpaceToDepth";
const REDUCE =
  "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare";

const rules = (names: string, rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** Of operators that treat all inputs alike. */
const JOINING_RULES = { ...rules(ELEMENTWISE, elementwise), Concat: apartFrom(elementwise) };

/** Of operators whose first input carries the batch. */
const RULES: Readonly<Record<string, Rule>> = {
  ...JOINING_RULES,
  ...rules(UNARY, keep),
  ...rules(IN_FRONT, inFront),
  ...rules(REDUCE, reduce),
  ...rules("ArgMax ArgMin", argReduce),
  ...rules("Softmax LogSoftmax Hardmax", softmax),
  ...rules("LpNormalization TopK", along(-1)),
  ...rules("LayerNormalization RMSNormalization", layerNormalization),
  Split: apartFrom(keep),
  CumSum: cumulative,
  DynamicQuantizeLinear: () => MIXES_ALL,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  MatMul: matMul,
  MeanVarianceNormalization: meanVariance,
  Reshape: reshape,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};

/** Of operators of `com.microsoft`. */
const FUSED_RULES: Readonly<Record<string, Rule>> = { DynamicQuantizeMatMul: () => MIXES_ALL };

/** What the node does with the batch, which one of its inputs at least carries. */
export function batchEffect(live: LiveNode, places: Judged["places"], batch: number | undefined): Effect {
  const { node } = live;
  const [first, ...others] = places;
  if (carriesBatch(first)) {
    const rule = (isStandard(node) ? RULES : FUSED_RULES)[node.opType];
    return rule?.({ ...live, places, first, batch });
  }
  const other = others.find(carriesBatch);
  const rule = isStandard(node) ? (JOINING_RULES as Readonly<Record<string, Rule>>)[node.opType] : undefined;
  return other === undefined ? undefined : rule?.({ ...live, places, first: other, batch });
}
