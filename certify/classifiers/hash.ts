import { createHash } from "node:crypto";
import type { Layout, PixelScaling } from "./pixel-transform.js";

/**
 * SHA-256 (hex) of all that decides a network's labels: what it is (its file, or its hash) and how it is fed.
 *
 * @param further what else decides them, as JSON, by name. What is undefined stays out: a hash is what it was before
 * there was such a thing
 */
export function hashWithFeed(
  model: Uint8Array | string,
  layout: Layout,
  scaling: PixelScaling = {},
  further: Readonly<Record<string, unknown>> = {},
): string {
  const { scale = 1, mean = [0], std = [1] } = scaling;
  const feed = JSON.stringify({ layout, scale, mean, std, ...further });
  return createHash("sha256").update(model).update(feed).digest("hex");
}
