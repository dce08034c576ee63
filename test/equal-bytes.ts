/**
 * An equality tester for `expect`: two typed arrays of one kind with the same bytes are equal. Vitest compares them
 * element by element, as it would objects, which takes seconds for a model's weights. What differs in its bytes is left
 * to Vitest.
 */
export function equalBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0 || undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
