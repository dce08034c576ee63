/**
 * The part of ONNX's protobuf schema (onnx.proto, IR version 8) that classifiers need. On the wire only the field
 * numbers count: they are the official ones. What is kept as it stands in a file, and never looked into, is bytes here.
 */
import protobuf from "protobufjs/light.js";
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxSparseTensor, OnnxTensor } from "./messages.js";
import { readMessage } from "./read-message.js";

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: "repeated" });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: one(1, "int64"),
        producerName: one(2, "string"),
        producerVersion: one(3, "string"),
        domain: one(4, "string"),
        modelVersion: one(5, "int64"),
        docString: one(6, "string"),
        graph: one(7, "GraphProto"),
        opsetImport: many(8, "OperatorSetIdProto"),
        metadataProps: many(14, "StringStringEntryProto"),
        functions: many(25, "bytes"),
      },
    },
    OperatorSetIdProto: { fields: { domain: one(1, "string"), version: one(2, "int64") } },
    StringStringEntryProto: { fields: { key: one(1, "string"), value: one(2, "string") } },
    GraphProto: {
      fields: {
        node: many(1, "NodeProto"),
        name: one(2, "string"),
        initializer: many(5, "TensorProto"),
        docString: one(10, "string"),
        input: many(11, "ValueInfoProto"),
        output: many(12, "ValueInfoProto"),
        sparseInitializer: many(15, "bytes"),
      },
    },
    FunctionProto: {
      fields: {
        name: one(1, "string"),
        input: many(4, "string"),
        output: many(5, "string"),
        node: many(7, "NodeProto"),
        opsetImport: many(9, "OperatorSetIdProto"),
        domain: one(10, "string"),
      },
    },
    SparseTensorProto: { fields: { values: one(1, "TensorProto"), indices: one(2, "TensorProto") } },
    NodeProto: {
      fields: {
        input: many(1, "string"),
        output: many(2, "string"),
        name: one(3, "string"),
        opType: one(4, "string"),
        attribute: many(5, "AttributeProto"),
        docString: one(6, "string"),
        domain: one(7, "string"),
        overload: one(8, "string"),
      },
    },
    AttributeProto: {
      fields: {
        name: one(1, "string"),
        f: one(2, "float"),
        i: one(3, "int64"),
        s: one(4, "bytes"),
        t: one(5, "TensorProto"),
        g: one(6, "bytes"),
        floats: many(7, "float"),
        ints: many(8, "int64"),
        strings: many(9, "bytes"),
        tensors: many(10, "bytes"),
        graphs: many(11, "bytes"),
        docString: one(13, "string"),
        tp: one(14, "bytes"),
        typeProtos: many(15, "bytes"),
        type: one(20, "int32"),
        refAttrName: one(21, "string"),
        sparseTensor: one(22, "bytes"),
        sparseTensors: many(23, "bytes"),
      },
    },
    TensorProto: {
      fields: {
        dims: many(1, "int64"),
        dataType: one(2, "int32"),
        floatData: many(4, "float"),
        int32Data: many(5, "int32"),
        stringData: many(6, "bytes"),
        int64Data: many(7, "int64"),
        name: one(8, "string"),
        rawData: one(9, "bytes"),
        doubleData: many(10, "double"),
        uint64Data: many(11, "uint64"),
        externalData: many(13, "StringStringEntryProto"),
        dataLocation: one(14, "int32"),
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

const types = {
  model: root.lookupType("ModelProto"),
  graph: root.lookupType("GraphProto"),
  function: root.lookupType("FunctionProto"),
  tensor: root.lookupType("TensorProto"),
  sparseTensor: root.lookupType("SparseTensorProto"),
};

export function encodeModel(model: OnnxModel): Uint8Array {
  return types.model.encode(types.model.fromObject(model)).finish();
}

/**
 * Fields the file lacks get their defaults; fields outside the schema above are skipped.
 *
 * @throws Error if the bytes are no protobuf message
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const decoded = decode<OnnxModel>(types.model, bytes);
  const defaults = { irVersion: 0, producerName: "", opsetImport: [], metadataProps: [] };
  return { ...defaults, ...decoded, graph: withGraphDefaults(decoded.graph) };
}

/** A graph inside a node. @throws Error if the bytes are no protobuf message */
export function decodeGraph(bytes: Uint8Array): OnnxGraph {
  return withGraphDefaults(decode<OnnxGraph>(types.graph, bytes));
}

/** @throws Error if the bytes are no protobuf message */
export function decodeFunction(bytes: Uint8Array): OnnxFunction {
  return { name: "", input: [], output: [], node: [], opsetImport: [], ...decode<OnnxFunction>(types.function, bytes) };
}

/** @throws Error if the bytes are no protobuf message */
export function decodeTensor(bytes: Uint8Array): OnnxTensor {
  return { dims: [], dataType: 0, name: "", ...decode<OnnxTensor>(types.tensor, bytes) };
}

/** @throws Error if the bytes are no protobuf message */
export function decodeSparseTensor(bytes: Uint8Array): OnnxSparseTensor {
  return decode<OnnxSparseTensor>(types.sparseTensor, bytes);
}

function withGraphDefaults(graph: Partial<OnnxGraph> | undefined): OnnxGraph {
  return { name: "", node: [], initializer: [], input: [], output: [], ...graph };
}

function decode<T>(type: protobuf.Type, bytes: Uint8Array): Partial<T> {
  return readMessage(type, bytes) as Partial<T>;
}
