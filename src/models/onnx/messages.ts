/** What an ONNX file holds, as far as classifiers need it; `proto.ts` reads and writes it. */

export interface OnnxTensor {
  dims: number[];
  dataType: number;
  name: string;
  /** Little-endian values; empty where they stand in a field of their type. */
  rawData?: Uint8Array;
  floatData?: number[];
  /** Also values of types smaller than 32 bits. */
  int32Data?: number[];
  int64Data?: number[];
  /** 1 where the values lie in another file. */
  dataLocation?: number;
  /** Where they lie: `location`, a file name, `offset` and `length`, in bytes. */
  externalData?: OnnxStringEntry[];
}

export interface OnnxStringEntry {
  key: string;
  value: string;
}

/** One tensor of values, one of the places where they stand. */
export interface OnnxSparseTensor {
  values?: OnnxTensor;
  indices?: OnnxTensor;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  /** A graph inside the node; `decodeGraph` reads it. */
  g?: Uint8Array;
  floats?: number[];
  ints?: number[];
  /** Tensors; `decodeTensor` reads each. */
  tensors?: Uint8Array[];
  /** Graphs; `decodeGraph` reads each. */
  graphs?: Uint8Array[];
  /** In a function: the attribute of the call that it stands for. */
  refAttrName?: string;
  /** `decodeSparseTensor` reads it and each of the next. */
  sparseTensor?: Uint8Array;
  sparseTensors?: Uint8Array[];
}

export interface OnnxNode {
  opType: string;
  /** Missing or empty for ONNX's own operators. */
  domain?: string;
  name: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

/** A dimension of a fixed size, or one named by a parameter such as `N`. */
export type OnnxDimension = { dimValue: number } | { dimParam: string };

export interface OnnxValueInfo {
  name: string;
  type: { tensorType: { elemType: number; shape?: { dim: OnnxDimension[] } } };
}

export interface OnnxGraph {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  /** `decodeSparseTensor` reads each. */
  sparseInitializer?: Uint8Array[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
}

export interface OnnxOpset {
  /** Missing or empty for ONNX's own operators. */
  domain?: string;
  version: number;
}

export interface OnnxModel {
  irVersion: number;
  producerName: string;
  opsetImport: OnnxOpset[];
  graph: OnnxGraph;
  metadataProps: OnnxStringEntry[];
  /** Operators defined by graphs; `decodeFunction` reads each. */
  functions?: Uint8Array[];
}

/** An operator of the model's own. */
export interface OnnxFunction {
  name: string;
  domain?: string;
  input: string[];
  output: string[];
  node: OnnxNode[];
  opsetImport: OnnxOpset[];
}

export const DATA_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;
export const ATTRIBUTE_TYPE = { float: 1, int: 2, floats: 6, ints: 7 } as const;
/** The `dataLocation` of values in another file. */
export const EXTERNAL = 1;
