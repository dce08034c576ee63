/**
 * The part of ONNX's protobuf schema (onnx.proto, IR version 8) that classifiers need. On the wire only the field
 * numbers count: they are the official ones.
 */
import protobuf from "protobufjs/light.js";

export interface OnnxTensor {
  dims: number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  f?: number;
  i?: number;
  floats?: number[];
  ints?: number[];
}

export interface OnnxNode {
  opType: string;
  name: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

/** A dimension of a fixed size, or one named by a parameter such as `N`. */
export type OnnxDimension = { dimValue: number } | { dimParam: string };

export interface OnnxValueInfo {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: OnnxDimension[] } } };
}

export interface OnnxModel {
  irVersion: number;
  producerName: string;
  opsetImport: { domain: string; version: number }[];
  graph: {
    name: string;
    node: OnnxNode[];
    initializer: OnnxTensor[];
    input: OnnxValueInfo[];
    output: OnnxValueInfo[];
  };
  metadataProps: { key: string; value: string }[];
}

export const DATA_TYPE = { float: 1, int64: 7 } as const;
export const ATTRIBUTE_TYPE = { float: 1, int: 2, floats: 6, ints: 7 } as const;

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: "repeated" });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: one(1, "int64"),
        producerName: one(2, "string"),
        graph: one(7, "GraphProto"),
        opsetImport: many(8, "OperatorSetIdProto"),
        metadataProps: many(14, "StringStringEntryProto"),
      },
    },
    OperatorSetIdProto: { fields: { domain: one(1, "string"), version: one(2, "int64") } },
    StringStringEntryProto: { fields: { key: one(1, "string"), value: one(2, "string") } },
    GraphProto: {
      fields: {
        node: many(1, "NodeProto"),
        name: one(2, "string"),
        initializer: many(5, "TensorProto"),
        input: many(11, "ValueInfoProto"),
        output: many(12, "ValueInfoProto"),
      },
    },
    NodeProto: {
      fields: {
        input: many(1, "string"),
        output: many(2, "string"),
        name: one(3, "string"),
        opType: one(4, "string"),
        attribute: many(5, "AttributeProto"),
      },
    },
    AttributeProto: {
      fields: {
        name: one(1, "string"),
        f: one(2, "float"),
        i: one(3, "int64"),
        floats: many(7, "float"),
        ints: many(8, "int64"),
        type: one(20, "int32"),
      },
    },
    TensorProto: {
      fields: {
        dims: many(1, "int64"),
        dataType: one(2, "int32"),
        name: one(8, "string"),
        rawData: one(9, "bytes"),
      },
    },
    ValueInfoProto: { fields: { name: one(1, "string"), type: one(2, "TypeProto") } },
    TypeProto: { fields: { tensorType: one(1, "TensorTypeProto") } },
    TensorTypeProto: { fields: { elemType: one(1, "int32"), shape: one(2, "TensorShapeProto") } },
    TensorShapeProto: { fields: { dim: many(1, "DimensionProto") } },
    DimensionProto: {
      oneofs: { value: { oneof: ["dimValue", "dimParam"] } },
      fields: { dimValue: one(1, "int64"), dimParam: one(2, "string") },
    },
  },
});

const modelType = root.lookupType("ModelProto");

export function encodeModel(model: OnnxModel): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}

/**
 * Fields the file lacks get their defaults; fields outside the schema above are skipped.
 *
 * @throws Error if the bytes are no protobuf message
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const options = { longs: Number, arrays: true, objects: true, defaults: false };
  const decoded = modelType.toObject(modelType.decode(bytes), options) as Partial<OnnxModel>;
  const graph = { name: "", node: [], initializer: [], input: [], output: [], ...decoded.graph };
  return { irVersion: 0, producerName: "", opsetImport: [], metadataProps: [], ...decoded, graph };
}
