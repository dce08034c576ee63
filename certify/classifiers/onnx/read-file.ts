import { FileError, show } from "../../../src/errors.js";
import { type ExternalTensor, externalTensors } from "../../../src/models/onnx/external-data.js";
import { decodeModel } from "../../../src/models/onnx/proto.js";
import { readOnnx } from "../../../src/models/onnx/read.js";
import { type ExternalFile, readExternalFile } from "./external-file.js";
import type { OnnxFile } from "./file.js";

/** @throws FileError if the file, or one that it names, is missing, or if a name leads out of the model's folder */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  const bytes = await readModel(path);
  const byLocation = new Map<string, ExternalTensor>();
  for (const tensor of externalTensorsIn(bytes)) {
    if (!tensor.plain) throw embedded(path, tensor);
    if (!byLocation.has(tensor.location)) byLocation.set(tensor.location, tensor);
  }
  const external: ExternalFile[] = [];
  for (const location of [...byLocation.keys()].sort()) {
    external.push(await readExternalFile(path, byLocation.get(location) as ExternalTensor));
  }
  return { path, bytes, external };
}

async function readModel(path: string): Promise<Uint8Array<SharedArrayBuffer>> {
  const read = await readOnnx(path);
  const bytes = new Uint8Array(new SharedArrayBuffer(read.length));
  bytes.set(read);
  return bytes;
}

/** None in bytes that are no model: that is for ONNX Runtime to say. */
function externalTensorsIn(bytes: Uint8Array): ExternalTensor[] {
  try {
    return externalTensors(decodeModel(bytes));
  } catch {
    return [];
  }
}

function embedded(path: string, { name, location }: ExternalTensor): FileError {
  const where = `tensor ${show(name)} within a branch, a loop, a function or an attribute in ${show(location)}`;
  const next = "Save it as one file, in Python: onnx.save(onnx.load(path), path)";
  return new FileError(path, `expected weights in other files for the main graph alone, found ${where}. ${next}`);
}
