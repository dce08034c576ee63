/** Classifiers of images of 4x4x2 that are functions of one image, and others that are not. */
import { floats, integers, type Model, node, truth } from "../../models/onnx-graphs.js";

/** Three classes from the 32 values of `from`, one row for each image. */
const head = (from: string, width = 32, output = "y") => ({
  nodes: [node("MatMul", [from, "W"], ["product"]), node("Add", ["product", "b"], [output])],
  constants: [floats("W", [width, 3]), floats("b", [3])],
});
const flatHead = (from: string, width = 32) => {
  const { nodes, constants } = head("flat", width);
  return { nodes: [node("Flatten", [from], ["flat"], { axis: 1 }), ...nodes], constants };
};
const NCHW = ["N", 2, 4, 4];
const NHWC = ["N", 4, 4, 2];
const norm = (channels: number) =>
  ["gamma", "beta", "mean", "variance"].map((name) => floats(name, [channels], Array(channels).fill(1)));
const batchNorm = (outputs: string[], attributes = {}) =>
  node("BatchNormalization", ["x", "gamma", "beta", "mean", "variance"], outputs, attributes, { name: "norm" });
const conv = [
  node("Conv", ["x", "K"], ["c"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  node("Relu", ["c"], ["r"]),
];
const K = floats("K", [5, 2, 3, 3]);

interface Part {
  readonly nodes: Model["nodes"];
  readonly constants?: Model["constants"];
}
const model = (opset: number, input: Model["input"], ...parts: Part[]): Model => ({
  opset,
  input,
  nodes: parts.flatMap(({ nodes }) => nodes),
  constants: parts.flatMap(({ constants = [] }) => constants),
});

/** Tokens [N, 16, 2] of an image. */
const tokens: Part = {
  nodes: [node("Reshape", ["x", "tokenShape"], ["t"])],
  constants: [integers("tokenShape", [0, 16, 2])],
};
const attention = (from: string, perm: number[]): Part => ({
  nodes: [
    node("MatMul", [from, "Q"], ["q"]),
    node("MatMul", [from, "P"], ["k"]),
    node("Transpose", ["k"], ["kT"], { perm }),
    node("MatMul", ["q", "kT"], ["qk"]),
    node("Softmax", ["qk"], ["weights"], { axis: -1 }),
    node("MatMul", ["weights", from], ["mixed"]),
  ],
  constants: [floats("Q", [2, 2]), floats("P", [2, 2])],
});

export const HONEST: Readonly<Record<string, Model>> = {
  "a convolution, opset 11": model(11, NCHW, { nodes: conv, constants: [K] }, flatHead("r", 80)),
  "a convolution of a fixed batch": model(13, [5, 2, 4, 4], { nodes: conv, constants: [K] }, flatHead("r", 80)),
  "batch norm, opset 11": model(11, NCHW, { nodes: [batchNorm(["n"])], constants: norm(2) }, flatHead("n")),
  "batch norm, opset 15": model(
    15,
    NCHW,
    { nodes: [batchNorm(["n"], { training_mode: 0 })], constants: norm(2) },
    flatHead("n"),
  ),
  "dropout, opset 11": model(
    11,
    NHWC,
    { nodes: [node("Dropout", ["x"], ["d"], { ratio: { float: 0.5 } })] },
    flatHead("d"),
  ),
  "dropout, opset 12": model(
    12,
    NCHW,
    { nodes: [node("Dropout", ["x", "ratio"], ["d"])], constants: [floats("ratio", [], [0.5])] },
    flatHead("d"),
  ),
  "dropout that is told not to train": model(
    14,
    NCHW,
    {
      nodes: [node("Dropout", ["x", "ratio", "training"], ["d"])],
      constants: [floats("ratio", [], [0.5]), truth("training", false)],
    },
    flatHead("d"),
  ),
  "dropout of nothing": model(
    13,
    NCHW,
    {
      nodes: [node("Dropout", ["x", "ratio", "training"], ["d"])],
      constants: [floats("ratio", [], [0]), truth("training", true)],
    },
    flatHead("d"),
  ),
  "a mean over rows and columns, opset 13": model(
    13,
    NCHW,
    { nodes: [...conv, node("ReduceMean", ["r"], ["m"], { axes: [-2, -1], keepdims: 0 })], constants: [K] },
    head("m", 5),
  ),
  "a mean over rows and columns, opset 18": model(
    18,
    NHWC,
    { nodes: [node("ReduceMean", ["x", "axes"], ["m"], { keepdims: 0 })], constants: [integers("axes", [1, 2])] },
    head("m", 2),
  ),
  "a mean over all axes of a batch of one": model(
    18,
    [1, 2, 4, 4],
    { nodes: [node("ReduceMean", ["x"], ["m"]), node("Sub", ["x", "m"], ["s"])] },
    flatHead("s"),
  ),
  "a reshape to [-1, d]": model(
    15,
    NCHW,
    { nodes: [node("Reshape", ["x", "shape"], ["f"])], constants: [integers("shape", [-1, 32])] },
    head("f"),
  ),
  "a reshape to [0, -1] and softmax": model(
    17,
    NHWC,
    { nodes: [node("Reshape", ["x", "shape"], ["f"])], constants: [integers("shape", [0, -1])] },
    { ...head("f", 32, "scores"), nodes: [...head("f", 32, "scores").nodes, node("Softmax", ["scores"], ["y"])] },
  ),
  "softmax, opset 11": model(11, NHWC, {
    ...flatHead("x"),
    nodes: [
      ...flatHead("x").nodes.slice(0, 2),
      node("Add", ["product", "b"], ["scores"]),
      node("Softmax", ["scores"], ["y"]),
    ],
  }),
  "images turned to NCHW inside": model(
    16,
    NHWC,
    { nodes: [node("Transpose", ["x"], ["turned"], { perm: [0, 3, 1, 2] })] },
    { nodes: [node("Conv", ["turned", "K"], ["r"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })], constants: [K] },
    flatHead("r", 80),
  ),
  "pooling and squeeze, opset 13": model(
    13,
    NCHW,
    {
      nodes: [...conv, node("GlobalAveragePool", ["r"], ["p"]), node("Squeeze", ["p", "axes"], ["s"])],
      constants: [K, integers("axes", [2, 3])],
    },
    head("s", 5),
  ),
  "a shape that is computed, as PyTorch writes it": model(
    14,
    NCHW,
    {
      nodes: [
        node("Shape", ["x"], ["size"]),
        node("Gather", ["size", "zero"], ["batch"], { axis: 0 }),
        node("Unsqueeze", ["batch", "zeros"], ["batches"]),
        node("Concat", ["batches", "rest"], ["shape"], { axis: 0 }),
        node("Reshape", ["x", "shape"], ["f"]),
      ],
      constants: [integers("zero", [0], []), integers("zeros", [0]), integers("rest", [-1])],
    },
    head("f"),
  ),
  "layer norm": model(
    17,
    NHWC,
    {
      nodes: [node("LayerNormalization", ["x", "gamma", "beta"], ["n"], { axis: -1 })],
      constants: [floats("gamma", [2]), floats("beta", [2])],
    },
    flatHead("n"),
  ),
  "instance norm and a cumulative sum along rows": model(
    18,
    NCHW,
    {
      nodes: [node("InstanceNormalization", ["x", "gamma", "beta"], ["n"]), node("CumSum", ["n", "axis"], ["s"])],
      constants: [floats("gamma", [2]), floats("beta", [2]), integers("axis", [-1], [])],
    },
    flatHead("s"),
  ),
  "attention of tokens": model(
    20,
    NHWC,
    tokens,
    attention("t", [0, 2, 1]),
    { nodes: [node("ReduceMean", ["mixed", "axes"], ["m"], { keepdims: 0 })], constants: [integers("axes", [1])] },
    head("m", 2),
  ),
  "tokens before images, and a mean over the first axis": model(
    20,
    [3, 4, 4, 2],
    tokens,
    {
      nodes: [
        node("Transpose", ["t"], ["first"], { perm: [1, 0, 2] }),
        node("ReduceMean", ["first", "axes"], ["m"], { keepdims: 0 }),
      ],
      constants: [integers("axes", [0])],
    },
    head("m", 2),
  ),
  "group norm and gelu": model(
    21,
    NCHW,
    {
      nodes: [node("GroupNormalization", ["x", "gamma", "beta"], ["n"], { num_groups: 1 }), node("Gelu", ["n"], ["g"])],
      constants: [floats("gamma", [2]), floats("beta", [2])],
    },
    flatHead("g"),
  ),
  "an image and its negative, one below the other, and their mean": model(
    22,
    NCHW,
    {
      nodes: [
        node("Neg", ["x"], ["negative"]),
        node("Concat", ["x", "negative"], ["both"], { axis: 0 }),
        node("Relu", ["both"], ["r"]),
        node("Split", ["r"], ["one", "two"], { axis: 0, num_outputs: 2 }),
        node("Mean", ["one", "two"], ["m"]),
      ],
    },
    flatHead("m"),
  ),
  "random numbers that the scores don't depend on": model(
    15,
    NHWC,
    { nodes: [node("RandomNormalLike", ["x"], ["unused"]), node("Identity", ["x"], ["i"])] },
    flatHead("i"),
  ),
  "a branch": model(
    23,
    [6, 2, 4, 4],
    {
      nodes: [
        node("If", ["yes"], ["z"], {
          then_branch: { graph: { nodes: [node("Tanh", ["x"], ["t"])], outputs: ["t"] } },
          else_branch: { graph: { nodes: [node("Relu", ["x"], ["e"])], outputs: ["e"] } },
        }),
      ],
      constants: [truth("yes", true)],
    },
    flatHead("z"),
  ),
};

const after = (
  nodes: Part["nodes"],
  constants: NonNullable<Part["constants"]> = [],
  input: Model["input"] = NCHW,
  opset = 17,
): Model => model(opset, input, { nodes, constants }, flatHead("z"));

const countImages = [node("Shape", ["x"], ["size"]), node("Gather", ["size", "first"], ["n"])];

/** What joins images, and what the message must hold. */
export const COUPLED: Readonly<Record<string, readonly [Model, string]>> = {
  "a mean over the batch": [
    after([node("ReduceMean", ["x"], ["m"], { axes: [0] }, { name: "/mean" }), node("Sub", ["x", "m"], ["z"])]),
    "but its ReduceMean '/mean' takes values of several images together (axis 0, ",
  ],
  "a mean over all of a fixed batch": [
    after([node("ReduceMax", ["x"], ["m"]), node("Div", ["x", "m"], ["z"])], [], [4, 2, 4, 4], 18),
    "but its ReduceMax (output 'm') takes values of several images together (all axes",
  ],
  "batch norm in training": [
    after([batchNorm(["z", "m", "v"], { training_mode: 1 })], norm(2)),
    "but its BatchNormalization 'norm' is in training mode (training_mode = 1)",
  ],
  "batch norm in training, opset 11": [
    after([batchNorm(["z", "m", "v", "sm", "sv"])], norm(2), NCHW, 11),
    "but its BatchNormalization 'norm' is in training mode (5 outputs)",
  ],
  "softmax over the batch": [
    after([node("Softmax", ["x"], ["z"], { axis: 0 })]),
    "but its Softmax (output 'z') takes values of several images together (axis 0, ",
  ],
  "a cumulative sum over the batch": [
    after([node("CumSum", ["x", "axis"], ["z"])], [integers("axis", [-4], [])]),
    "but its CumSum (output 'z') takes values",
  ],
  "the largest of the batch, behind a transposition": [
    after(
      [
        node("Transpose", ["x"], ["t"], { perm: [1, 0, 2, 3] }),
        node("TopK", ["t", "one"], ["top", "index"], { axis: 1 }),
        node("Sub", ["t", "top"], ["s"]),
        node("Transpose", ["s"], ["z"], { perm: [1, 0, 2, 3] }),
      ],
      [integers("one", [1])],
    ),
    "but its TopK (output 'top') takes values of several images together (axis 1, ",
  ],
  "weights that are quantised by what comes": [
    after([node("DynamicQuantizeLinear", ["x"], ["q", "s", "p"]), node("DequantizeLinear", ["q", "s", "p"], ["z"])]),
    "but its DynamicQuantizeLinear (output 'q') takes values",
  ],
  "attention of images": [
    model(
      17,
      NHWC,
      {
        nodes: [
          node("Flatten", ["x"], ["f"]),
          node("Transpose", ["f"], ["fT"]),
          node("MatMul", ["f", "fT"], ["pairs"], {}, { name: "gram" }),
          node("Softmax", ["pairs"], ["weights"]),
          node("MatMul", ["weights", "f"], ["mixed"]),
        ],
      },
      head("mixed"),
    ),
    "depend on the batch that the image comes in: they differ by",
  ],
  "images run together in one row": [
    model(
      17,
      NCHW,
      {
        nodes: [
          node("Reshape", ["x", "row"], ["together"]),
          node("Softmax", ["together"], ["s"]),
          node("Reshape", ["s", "apart"], ["z"]),
        ],
        constants: [integers("row", [1, -1]), integers("apart", [-1, 32])],
      },
      head("z"),
    ),
    "it may be Reshape (output 'together')",
  ],
  "the neighbour's pixels": [
    after([node("Gather", ["x", "others"], ["z"], { axis: 0 })], [integers("others", [1, 0, 3, 2])], [4, 2, 4, 4]),
    "it may be Gather (output 'z')",
  ],
  "the number of images": [
    after(
      [...countImages, node("Cast", ["n"], ["count"], { to: 1 }), node("Div", ["x", "count"], ["z"])],
      [integers("first", [0], [])],
    ),
    "depend on the batch that the image comes in: they differ by",
  ],
  "a mean over the batch in a branch": [
    after(
      [
        node("If", ["yes"], ["z"], {
          then_branch: {
            graph: {
              nodes: [node("ReduceMean", ["x"], ["m"], { axes: [0] }), node("Sub", ["x", "m"], ["t"])],
              outputs: ["t"],
            },
          },
          else_branch: { graph: { nodes: [node("Relu", ["x"], ["e"])], outputs: ["e"] } },
        }),
      ],
      [truth("yes", true)],
    ),
    "it may be If (output 'z')",
  ],
};

export const RANDOM: Readonly<Record<string, readonly [Model, string]>> = {
  "noise that is added": [
    after([node("RandomNormalLike", ["x"], ["n"], {}, { name: "/noise" }), node("Add", ["x", "n"], ["z"])]),
    "but its RandomNormalLike '/noise' draws random numbers in each run",
  ],
  "noise under a seed": [
    after([node("RandomUniform", [], ["n"], { shape: [4], seed: { float: 3 } }), node("Add", ["x", "n"], ["z"])]),
    "but its RandomUniform (output 'n') draws random numbers",
  ],
  "dropout in training": [
    after([node("Dropout", ["x", "ratio", "training"], ["z"])], [floats("ratio", [], [0.5]), truth("training", true)]),
    "but its Dropout (output 'z') is in training mode: it sets values to 0 at random",
  ],
  "dropout in training by a constant node, at the ratio that goes without saying": [
    after([
      node("Constant", [], ["training"], { value: { tensor: truth("", true) } }),
      node("Dropout", ["x", "", "training"], ["z"], { seed: 1 }),
    ]),
    "but its Dropout (output 'z') is in training mode",
  ],
  coins: [
    after(
      [node("Bernoulli", ["chance"], ["n"]), node("Mul", ["x", "n"], ["z"])],
      [floats("chance", [4], [0.5, 0.5, 0.5, 0.5])],
    ),
    "but its Bernoulli (output 'n') draws random numbers",
  ],
  "a draw among classes": [
    model(
      17,
      NCHW,
      {
        nodes: [
          node("Flatten", ["x"], ["f"]),
          node("Multinomial", ["f"], ["drawn"], { sample_size: 32, dtype: 6 }),
          node("Cast", ["drawn"], ["z"], { to: 1 }),
        ],
      },
      head("z"),
    ),
    "but its Multinomial (output 'drawn') draws random numbers",
  ],
  "noise in a branch": [
    after(
      [
        node("If", ["yes"], ["z"], {
          then_branch: {
            graph: { nodes: [node("RandomNormalLike", ["x"], ["n"]), node("Add", ["x", "n"], ["t"])], outputs: ["t"] },
          },
          else_branch: { graph: { nodes: [node("Relu", ["x"], ["e"])], outputs: ["e"] } },
        }),
      ],
      [truth("yes", true)],
    ),
    "but its RandomNormalLike (output 'n'), in then_branch of If 'z', draws random numbers",
  ],
  "noise in a function": [
    {
      ...after([node("Noisy", ["x"], ["z"], {}, { domain: "own" })]),
      functions: [
        {
          name: "Noisy",
          input: ["v"],
          body: { nodes: [node("RandomNormalLike", ["v"], ["n"]), node("Add", ["v", "n"], ["w"])], outputs: ["w"] },
        },
      ],
    },
    "but its RandomNormalLike (output 'n'), in function Noisy, draws random numbers",
  ],
  "batch norm in training, as a function is told by its call": [
    {
      ...after(
        [node("Norm", ["x", "gamma", "beta", "mean", "variance"], ["z"], { train: 1 }, { domain: "own" })],
        norm(2),
      ),
      functions: [
        {
          name: "Norm",
          input: ["x", "gamma", "beta", "mean", "variance"],
          attributes: ["train"],
          body: { nodes: [batchNorm(["w", "m", "v"], { training_mode: { of: "train" } })], outputs: ["w"] },
        },
      ],
    },
    "rounding explains",
  ],
};
