import { DATA_TYPE, EXTERNAL, type OnnxNode, type OnnxTensor } from "./messages.js";
import { attributeOf, isStandard } from "./node.js";

/** The constants among nodes and weights, by name. */
export function constantsOf(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[] = [],
): Map<string, OnnxTensor> {
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  for (const node of nodes) {
    const tensor = node.opType === "Constant" && isStandard(node) ? valueHeld(node) : undefined;
    if (tensor !== undefined) constants.set(node.output[0], tensor);
  }
  return constants;
}

/** What a Constant node holds; undefined for texts and sparse tensors. */
function valueHeld(node: OnnxNode): OnnxTensor | undefined {
  const { value_int, value_ints, value_float, value_floats } = Object.fromEntries(
    ["value_int", "value_ints", "value_float", "value_floats"].map((name) => [name, attributeOf(node, name)]),
  );
  if (value_int !== undefined) return integers([], [value_int.i ?? 0]);
  if (value_ints !== undefined) return integers([value_ints.ints?.length ?? 0], value_ints.ints ?? []);
  if (value_float !== undefined) return floats([], [value_float.f ?? 0]);
  if (value_floats !== undefined) return floats([value_floats.floats?.length ?? 0], value_floats.floats ?? []);
  return attributeOf(node, "value")?.t;
}

function integers(dims: number[], int64Data: number[]): OnnxTensor {
  return { name: "", dims, dataType: DATA_TYPE.int64, int64Data };
}

function floats(dims: number[], floatData: number[]): OnnxTensor {
  return { name: "", dims, dataType: DATA_TYPE.float, floatData };
}

/**
 * Values of a tensor of 32-bit floats, integers of 32 or 64 bits, or truth values, as numbers; undefined for other
 * types, and where they lie in another file.
 */
export function numbersOf(tensor: OnnxTensor | undefined): number[] | undefined {
  if (tensor === undefined || tensor.dataLocation === EXTERNAL) return undefined;
  const { dataType, rawData = new Uint8Array() } = tensor;
  const raw = Uint8Array.from(rawData).buffer;
  switch (dataType) {
    case DATA_TYPE.float:
      return tensor.floatData?.length ? tensor.floatData : [...new Float32Array(raw)];
    case DATA_TYPE.int32:
      return tensor.int32Data?.length ? tensor.int32Data : [...new Int32Array(raw)];
    case DATA_TYPE.int64:
      return tensor.int64Data?.length ? tensor.int64Data : Array.from(new BigInt64Array(raw), Number);
    case DATA_TYPE.bool:
      return tensor.int32Data?.length ? tensor.int32Data : [...rawData];
    default:
      return undefined;
  }
}
