import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATA_TYPE, type OnnxModel, type OnnxValueInfo } from "../../models/onnx/messages.js";
import { encodeModel } from "../../models/onnx/proto.js";
import { loadBinding } from "./installation.js";

/**
 * A program of its own, run in a child process at installation: does OpenVINO in this folder load and compute?
 * Argument: folder.
 */
const [folder] = process.argv.slice(2);

const value = (name: string, ...sizes: number[]): OnnxValueInfo => ({
  name,
  type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim: sizes.map((dimValue) => ({ dimValue })) } } },
});
const weights = new Uint8Array(new Float32Array([3, 4]).buffer);
const model: OnnxModel = {
  irVersion: 8,
  producerName: "smoothcert",
  opsetImport: [{ version: 13 }],
  metadataProps: [],
  graph: {
    name: "product",
    node: [{ opType: "MatMul", name: "product", input: ["x", "w"], output: ["y"], attribute: [] }],
    initializer: [{ name: "w", dataType: DATA_TYPE.float, dims: [2, 1], rawData: weights }],
    input: [value("x", 1, 2)],
    output: [value("y", 1, 1)],
  },
};
const path = join(folder, "product.onnx");
writeFileSync(path, encodeModel(model));
const openvino = loadBinding(folder);
const { network } = openvino.open(path, 1, "f32");
rmSync(path);
const [product] = openvino.run(network, new Float32Array([1, 2]), [1, 2]);
if (product?.data[0] !== 11) throw new Error(`1 * 3 + 2 * 4 gave ${product?.data[0]}`);
openvino.close(network);
