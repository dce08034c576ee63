/** Layers that pool, cut, pad or reorder. */
import { windowPads } from "./convolution.js";
import { channelsFirst, channelsLast, type Emitter, requireImage, unsupported } from "./emitter.js";

function pooling(operator: "MaxPool" | "AveragePool"): Emitter {
  return (graph, call) => {
    requireImage(call);
    const [window, strides] = [call.config.poolSize as number[], call.config.strides as number[]];
    const pads = windowPads(call, window, strides);
    return graph.node(operator, call.name, [call.inputs[0].name], { kernel_shape: window, strides, pads });
  };
}

export const maxPooling: Emitter = pooling("MaxPool");
export const averagePooling: Emitter = pooling("AveragePool");

function globalPooling(operator: "GlobalMaxPool" | "GlobalAveragePool"): Emitter {
  return (graph, call) => {
    requireImage(call);
    const pooled = graph.node(operator, `${call.name}/pool`, [call.inputs[0].name]);
    return graph.node("Flatten", call.name, [pooled], { axis: 1 });
  };
}

export const globalMaxPooling: Emitter = globalPooling("GlobalMaxPool");
export const globalAveragePooling: Emitter = globalPooling("GlobalAveragePool");

/** In TensorFlow.js's order: channels vary fastest. */
export const flatten: Emitter = (graph, call) =>
  graph.node("Flatten", call.name, [channelsLast(graph, call, call.inputs[0])], { axis: 1 });

export const reshape: Emitter = (graph, call) => {
  // Zero keeps the batch's size.
  const shape = graph.int64(`${call.name}/shape`, [0, ...call.outputShape]);
  const isImage = call.outputShape.length === 3;
  const input = channelsLast(graph, call, call.inputs[0]);
  const reshaped = graph.node("Reshape", isImage ? `${call.name}/reshape` : call.name, [input, shape]);
  return isImage ? channelsFirst(graph, call.name, reshaped) : reshaped;
};

type Sides = readonly [readonly [top: number, bottom: number], readonly [left: number, right: number]];

export const cropping: Emitter = (graph, call) => {
  const [height, width] = requireImage(call);
  const [[top, bottom], [left, right]] = call.config.cropping as Sides;
  return graph.node("Slice", call.name, [
    call.inputs[0].name,
    graph.int64(`${call.name}/starts`, [top, left]),
    graph.int64(`${call.name}/ends`, [height - bottom, width - right]),
    graph.int64(`${call.name}/axes`, [2, 3]),
  ]);
};

export const zeroPadding: Emitter = (graph, call) => {
  requireImage(call);
  const [[top, bottom], [left, right]] = call.config.padding as Sides;
  const pads = graph.int64(`${call.name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
  return graph.node("Pad", call.name, [call.inputs[0].name, pads]);
};

/** Where a dimension of [batch, height, width, channels] stands in [batch, channels, height, width]. */
const IMAGE_AXIS = [0, 2, 3, 1];

export const concatenate: Emitter = (graph, call) => {
  const rank = call.outputShape.length + 1;
  const axis = ((call.config.axis as number) + rank) % rank;
  if (axis === 0) throw unsupported(call, "axis", call.config.axis);
  const inputs = call.inputs.map((value) => value.name);
  return graph.node("Concat", call.name, inputs, { axis: rank === 4 ? IMAGE_AXIS[axis] : axis });
};
