/** The kinds of files that readers of models, data and images tell apart, and the advice for each. */
import { begins, isOnnx, type Look, matches, safetensorsHeader, titled, zipOf } from "./file-look.js";

/** What a reader expected. */
export type Wanted = "onnx" | "tfjs" | "idx" | "cifar" | "npy" | "npz" | "data" | "image";

/**
 * Advice by what was wanted, of a whole group, or else `any`; where there is none, or null, the kind is not looked
 * for.
 */
export type Advice = Partial<Record<Wanted | "model" | "arrays" | "any", string | null>>;

export interface Kind {
  readonly found: string | ((look: Look) => string);
  readonly is: (look: Look) => boolean;
  /** FILE stands for the file's path. */
  readonly advice: Advice;
}

/** A text behind a byte-order mark and white space, in Latin-1. */
const TEXT = "^(?:\\xef\\xbb\\xbf)?\\s*";

const TORCH_EXPORT =
  'torch.onnx.export(model.eval(), torch.zeros(1, C, H, W), "model.onnx", ' +
  'input_names=["x"], dynamic_axes={"x": {0: "N"}}, dynamo=False)';
const TORCH: Advice = {
  model:
    "Export the network to ONNX, in Python, " +
    `after load_state_dict(torch.load("FILE")) where it holds weights alone: ${TORCH_EXPORT}.`,
  any: 'Save its tensors as arrays, in Python: np.savez("data.npz", x=images.numpy(), y=labels.numpy()).',
};
const FETCH = "Fetch the file itself: curl -L -o FILE URL, on GitHub with /raw/ for /blob/ in the address.";
const AGAIN = "Fetch or write it again.";
const NO_MODEL = "Name the model first, and then the image or the data.";

/** Every kind that is told apart, the more special before the more general. */
export const KINDS: readonly Kind[] = [
  {
    found: "an empty file",
    is: ({ bytes }) => bytes.length === 0,
    advice: { model: AGAIN, arrays: null, data: AGAIN, image: AGAIN },
  },
  {
    found: "a Git LFS pointer",
    is: begins("version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"),
    advice: { any: "Fetch what it stands for, in its folder: git lfs install && git lfs pull." },
  },
  {
    found: "a git-annex pointer",
    is: matches(/^(\.\.\/)*(\.git)?\/?annex\/objects\//),
    advice: { any: "Fetch what it stands for: git annex get FILE." },
  },
  {
    found: ({ start }) => `an HTML page${titled(start, /<title[^>]*>([^<]*)/i)}`,
    is: matches(
      new RegExp(`${TEXT}(?:<\\?xml[^>]*>\\s*)?(?:<!--.*?-->\\s*)?<(?:!doctype html|html|head|body)\\b`, "is"),
    ),
    advice: { any: FETCH },
  },
  {
    found: ({ start }) => `an XML text${titled(start, /<message[^>]*>([^<]*)/i)}`,
    is: matches(new RegExp(`${TEXT}<(?:\\?xml|error|svg)\\b`, "is")),
    advice: { any: FETCH },
  },
  {
    found: "a TensorFlow.js model",
    is: matches(new RegExp(`${TEXT}\\{.*"(?:modelTopology|weightsManifest)"`, "s")),
    advice: { onnx: "Name it by its own name, which ends in .json.", arrays: NO_MODEL, image: NO_MODEL },
  },
  {
    found: ({ start }) => `a JSON text${titled(start, /"(?:error|message|detail)"\s*:\s*"([^"]*)/i)}`,
    is: matches(new RegExp(`${TEXT}(?:\\{\\s*["}]|\\[\\s*[{\\["\\]])`, "s")),
    advice: { any: FETCH, tfjs: null },
  },
  {
    found: "a TorchScript program",
    is: zipOf("/code/__torch__"),
    advice: { model: `Export it to ONNX, in Python: model = torch.jit.load("FILE"); ${TORCH_EXPORT}.` },
  },
  {
    found: "a PyTorch file",
    is: zipOf("data.pkl"),
    advice: TORCH,
  },
  {
    found: "a Keras model",
    is: zipOf("config.json", "metadata.json"),
    advice: { any: 'Convert it, in Python: keras.models.load_model("FILE").export("model.onnx", format="onnx").' },
  },
  {
    found: "a NumPy archive",
    is: zipOf(".npy"),
    advice: { any: "Name it as data: npz:FILE.", npz: null, data: null },
  },
  {
    found: "a zip archive",
    is: begins("PK\x03\x04", "PK\x05\x06"),
    advice: { any: "Unpack it first: unzip FILE.", npz: null },
  },
  {
    found: "a PyTorch file of before version 1.6",
    is: begins("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"),
    advice: TORCH,
  },
  {
    found: "a Python pickle",
    is: ({ bytes }) => bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5,
    advice: {
      model:
        "Load it in Python, and export what it holds to ONNX: " +
        "torch.onnx.export for PyTorch, skl2onnx.to_onnx for scikit-learn.",
      cifar: "Take the binary version: https://www.cs.toronto.edu/~kriz/cifar.html.",
      any: 'Save its arrays, in Python: np.savez("data.npz", x=images, y=labels).',
    },
  },
  {
    found: "an HDF5 file",
    is: begins("\x89HDF\r\n\x1a\n"),
    advice: {
      onnx: "Convert the Keras model: python -m tf2onnx.convert --keras FILE --output model.onnx.",
      tfjs: "Convert the Keras model: tensorflowjs_converter --input_format=keras FILE model.",
      any: 'Save its arrays, in Python: with h5py.File("FILE") as f: np.savez("data.npz", x=f["x"][:], y=f["y"][:]).',
    },
  },
  {
    found: "a TensorFlow Lite model",
    is: ({ start }) => start.startsWith("TFL3", 4),
    advice: { any: "Convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx." },
  },
  {
    found: "safetensors, weights without their network",
    is: ({ start, bytes }) => start[8] === "{" && safetensorsHeader(bytes) && /"(dtype|__metadata__)"/.test(start),
    advice: {
      model:
        "Load them into the network in Python, " +
        `model.load_state_dict(safetensors.torch.load_file("FILE")), and export it: ${TORCH_EXPORT}.`,
      any: 'Save its tensors as arrays, in Python: np.savez("data.npz", x=images, y=labels).',
    },
  },
  {
    found: "a TensorFlow SavedModel",
    is: begins("\x08\x01\x12"),
    advice: { model: "Convert its folder: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx." },
  },
  {
    found: "a frozen TensorFlow graph",
    is: matches(/^\n.{1,3}\n.[\w./:-]+.{2}(Placeholder|Const|VarHandleOp)/s),
    advice: {
      any:
        "Convert it: " +
        "python -m tf2onnx.convert --graphdef FILE --inputs INPUT:0 --outputs OUTPUT:0 --output model.onnx.",
    },
  },
  {
    found: "a Core ML model",
    is: ({ path }) => /\.ml(model|package)$/i.test(path),
    advice: { model: "It can't be converted back: export the model that it was made from to ONNX." },
  },
  {
    found: "an ONNX model",
    is: isOnnx,
    advice: {
      tfjs: "Give it a name that ends in .onnx: mv FILE FILE.onnx.",
      arrays: NO_MODEL,
      image: NO_MODEL,
      cifar: null,
    },
  },
  {
    found: "a gzip file",
    is: begins("\x1f\x8b"),
    advice: { model: "Unpack it first: gunzip < FILE > model.onnx (tar xzf FILE if it is a .tar.gz)." },
  },
  { found: "a bzip2 file", is: matches(/^BZh[1-9]/), advice: { any: "Unpack it first: bunzip2 -k FILE." } },
  { found: "an xz file", is: begins("\xfd7zXZ\0"), advice: { any: "Unpack it first: unxz -k FILE." } },
  { found: "a Zstandard file", is: begins("\x28\xb5\x2f\xfd"), advice: { any: "Unpack it first: zstd -d FILE." } },
  { found: "a 7z archive", is: begins("7z\xbc\xaf\x27\x1c"), advice: { any: "Unpack it first: 7z x FILE." } },
  { found: "a RAR archive", is: begins("Rar!\x1a\x07"), advice: { any: "Unpack it first: unrar x FILE." } },
  {
    found: "a tar archive",
    is: ({ start }) => start.startsWith("ustar", 257),
    advice: { any: "Unpack it first: tar xf FILE." },
  },
  {
    found: "a NumPy array",
    is: begins("\x93NUMPY"),
    advice: { any: "Name it as data: npy:IMAGES,LABELS.", npy: null, data: null },
  },
  {
    found: "a Parquet file",
    is: begins("PAR1"),
    advice: {
      any:
        "Save its columns as arrays, in Python: " +
        'df = pandas.read_parquet("FILE"); np.savez("data.npz", x=..., y=...).',
    },
  },
  {
    found: "a MATLAB file",
    is: begins("MATLAB 5.0 MAT-file"),
    advice: {
      any: 'Save its arrays, in Python: m = scipy.io.loadmat("FILE"); np.savez("data.npz", x=m["X"], y=m["y"]).',
    },
  },
  {
    found: "an image",
    is: begins("\x89PNG\r\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\0", "MM\0*"),
    advice: { model: NO_MODEL, arrays: "Put images into one folder for each class, and name that: folder:DIR." },
  },
  { found: "a PDF document", is: begins("%PDF-"), advice: { any: AGAIN } },
];
