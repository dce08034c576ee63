import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils";

/** What the page's modules use of `node:crypto`, which stands in its place in the bundle. */
interface Hash {
  update(data: Uint8Array | string): Hash;
  digest(encoding: "hex"): string;
}

/** @param algorithm `sha256` alone */
export function createHash(algorithm: string): Hash {
  if (algorithm !== "sha256") throw new Error(`a page has no hash ${algorithm}`);
  const state = sha256.create();
  const hash: Hash = {
    update(data) {
      state.update(typeof data === "string" ? utf8ToBytes(data) : bytesOf(data));
      return hash;
    },
    digest: () => bytesToHex(state.digest()),
  };
  return hash;
}

/** Floats are hashed as their bytes. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
