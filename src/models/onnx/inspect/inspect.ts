import { FileError } from "../../../errors.js";
import type { OnnxModel, OnnxNode } from "../messages.js";
import { decodeModel } from "../proto.js";
import { type BatchInput, batchMixing } from "./batch-mixing.js";
import { type LiveNode, liveNodes } from "./live-nodes.js";
import { notAFunction } from "./training-mode.js";

/** What an ONNX file tells of whether its output for an image is a function of that image. */
export interface Inspection {
  /** Why it certainly isn't: a sentence that names a node. */
  readonly fault: string | undefined;
  /** Nodes that may mix images, or may be random, as far as the file tells; the likeliest first. */
  readonly suspects: readonly string[];
}

/**
 * Looks for nodes that draw random numbers, behave as in training, or take values of several images together, among
 * those on which the output depends.
 *
 * @param path the file's name, for messages
 * @throws FileError if the bytes are no ONNX model
 */
export function inspectOnnx(bytes: Uint8Array, path: string, input: BatchInput, output: string): Inspection {
  const { model, nodes } = read(bytes, path, output);
  const random = nodes.flatMap((live) => {
    const reason = notAFunction(live);
    return reason === undefined ? [] : [`${nameOf(live.node, live.within)} ${reason}`];
  });
  // With one image in each batch there is nothing to mix.
  const { mixing, open } = input.batch === 1 ? { mixing: [], open: [] } : batchMixing(model, nodes, input);
  const mixed = mixing.map(({ node, axes }) => `${nameOf(node)} takes values of several images together (${axes})`);
  const [fault] = [...random, ...mixed];
  return { fault, suspects: open.map((node) => nameOf(node)) };
}

function read(bytes: Uint8Array, path: string, output: string): { model: OnnxModel; nodes: LiveNode[] } {
  try {
    const model = decodeModel(bytes);
    return { model, nodes: liveNodes(model, output) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(path, `is not an ONNX model that can be looked into: ${reason}`, { cause });
  }
}

/** How messages call a node: by its name, which exporters leave out at times, or by what it makes. */
function nameOf({ opType, name, output }: OnnxNode, within = ""): string {
  const place = within === "" ? "" : `, in ${within},`;
  return name ? `${opType} '${name}'${place}` : `${opType} (output '${output[0]}')${place}`;
}
