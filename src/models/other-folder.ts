import type { OtherKind } from "../files/first-bytes.js";

/** A folder that holds a model of another kind, by a file in it. */
const FOLDERS: readonly (readonly [file: string, kind: OtherKind])[] = [
  [
    "saved_model.pb",
    {
      found: "a TensorFlow SavedModel",
      next: "Convert it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
    },
  ],
  [
    "keras_metadata.pb",
    { found: "a Keras model", next: "Convert it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx" },
  ],
  ["pytorch_model.bin", huggingFace()],
  ["model.safetensors", huggingFace()],
  [
    "Manifest.json",
    {
      found: "a Core ML package",
      next: "It can't be converted back: export the model that it was made from to ONNX",
    },
  ],
];

function huggingFace(): OtherKind {
  const next = "Export it: optimum-cli export onnx --model FOLDER --task image-classification exported";
  return { found: "a model of Hugging Face Transformers", next };
}

/** What model of another kind a folder holds. @param names of the files in it @param path its name, for the advice */
export function otherFolder(names: readonly string[], path: string): OtherKind | undefined {
  const kind = FOLDERS.find(([file]) => names.includes(file))?.[1];
  return kind && { found: kind.found, next: kind.next.replaceAll("FOLDER", path) };
}
