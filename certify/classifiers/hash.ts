import { createHash } from "node:crypto";
import type { Layout, PixelScaling } from "./pixel-transform.js";

/** SHA-256 (hex) of all that decides a network's labels: what it is (its file, or its hash) and how it is fed. */
export function hashWithFeed(model: Uint8Array | string, layout: Layout, scaling: PixelScaling = {}): string {
  const { scale = 1, mean = [0], std = [1] } = scaling;
  return createHash("sha256").update(model).update(JSON.stringify({ layout, scale, mean, std })).digest("hex");
}
