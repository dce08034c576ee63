/**
 * The foundation: its part that runs anywhere, and what needs Node: engines, files, data sets, models.
 *
 * @module smoothcert
 */
export * from "./core.js";
export { createDataset, type DatasetArrays } from "./data/array-dataset.js";
export { clearDecodedCache } from "./data/decoded-cache.js";
export { type DatasetDescription, describeDataset } from "./data/describe.js";
export { encodePng } from "./data/encode-image.js";
export { decodeImage } from "./data/image.js";
export { readLabelMap } from "./data/label-map.js";
export { DATASET_SPECS, type DatasetSpec, loadDataset } from "./data/load.js";
export { keptExamples, relabel } from "./data/relabel.js";
export { selectExamples } from "./data/select-examples.js";
export { takeFirst } from "./data/take-first.js";
export { type Corpus, type Part, readCorpus } from "./data/text/corpus.js";
export { END_OF_LINE, type TextLevel, textOf, tokensOf, UNKNOWN } from "./data/text/tokens.js";
export { Vocabulary, vocabularyOf } from "./data/text/vocabulary.js";
export { lookUp } from "./engine/embedding.js";
export { type EngineName, type EngineReport, type PackageImporter, whyUnavailable } from "./engine/engines.js";
export { crossEntropy } from "./engine/fused/cross-entropy.js";
export { labelCrossEntropy } from "./engine/fused/label-cross-entropy.js";
export { scaledSum } from "./engine/fused/scaled-sum.js";
export { composedLstm, type Lstm, type LstmResult, type LstmState, lstm } from "./engine/lstm.js";
export {
  type EngineInstallOptions,
  type EngineInstallResult,
  installEngine,
  requireInstallable,
} from "./engine/native/install.js";
export type { Installation } from "./engine/native/installations.js";
export type { Manifest as EngineManifest } from "./engine/native/manifest.js";
export { type EngineRemoval, removeEngines } from "./engine/native/remove.js";
export type { Machine, Runner, RunOptions } from "./engine/native/tools.js";
export { installOpenvino, type OpenvinoInstallResult } from "./engine/openvino/install.js";
export { processorText } from "./engine/processor.js";
export { describeEngines, ENGINE_CHOICES, type EngineChoice, useEngine } from "./engine/use-engine.js";
export type { AdapterLimits, AdapterReport } from "./engine/webgpu/adapter.js";
export { installWebgpu, type WebgpuInstallResult } from "./engine/webgpu/install.js";
export { AppendedFile } from "./files/append.js";
export { cacheFolder } from "./files/cache-folder.js";
export { digestOf } from "./files/digest.js";
export { folderBytes } from "./files/folder-bytes.js";
export type { HeldLock } from "./files/held-lock.js";
export { takeLock } from "./files/lock.js";
export { defaultThreads, MAX_THREADS } from "./files/max-threads.js";
export { removeLeftovers, writeWhole } from "./files/write.js";
export { requireWritable, writeTarget } from "./files/write-target.js";
export { ARCHITECTURES, type Architecture, type BuildOptions, buildModel } from "./models/build.js";
export { FoldedInference } from "./models/folded-inference.js";
export { type ModelSignature, signatureOf } from "./models/image-model.js";
export { INITIALIZATIONS, type Initialization, requireInitialization } from "./models/initialize.js";
export { type LoadedModel, loadModel } from "./models/load.js";
export {
  FOREIGN,
  inferMetadata,
  type ModelMetadata,
  type TrainingData,
  type TrainingRecord,
} from "./models/metadata.js";
export { exportOnnx, type OnnxExportOptions, saveOnnx } from "./models/onnx/export.js";
export { imageShapeOf } from "./models/onnx/image-shape.js";
export {
  type ActivationScheme,
  activationScheme,
  type ChannelLayout,
  type QuantizedWeights,
  quantizeBias,
  quantizeWeights,
  type TensorRange,
  WEIGHT_LIMIT,
  type WeightBits,
} from "./models/onnx/quantize/affine.js";
export {
  QUANTIZATION_KEY,
  type QuantizationProbe,
  type QuantizeOptions,
  quantizationProbe,
  quantizeOnnx,
} from "./models/onnx/quantize/quantize.js";
export { type OnnxDescription, type OnnxValueDescription, readOnnx, readOnnxMetadata } from "./models/onnx/read.js";
export type { Preprocessing } from "./models/preprocessing.js";
export { MODEL_FILES, saveModel } from "./models/save.js";
export { trainingOutputs } from "./models/training-outputs.js";
export { withoutPassword } from "./text/password.js";
export { shellWord } from "./text/shell.js";
