import type { OnnxAttribute, OnnxNode, OnnxOpset } from "./messages.js";

export function attributeOf(node: OnnxNode, name: string): OnnxAttribute | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** A text attribute; undefined if the node lacks it. */
export function textOf(node: OnnxNode, name: string): string | undefined {
  const bytes = attributeOf(node, name)?.s;
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Whether the node is of ONNX's own operators. */
export function isStandard({ domain }: Pick<OnnxNode, "domain">): boolean {
  return domain === undefined || domain === "" || domain === "ai.onnx";
}

/** The version of ONNX's own operators that a model, or a function in it, speaks of; 0 if it names none. */
export function opsetOf(imports: readonly OnnxOpset[]): number {
  return imports.find(isStandard)?.version ?? 0;
}
