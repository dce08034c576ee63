import { sha256 as digestOf } from "@noble/hashes/sha2";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils";
import { canonicalize } from "json-canonicalize";
import type { LogHeader } from "./header.js";
import { formatRow, type LogRow } from "./row.js";

/**
 * Checksums of a certification log. They find what was changed by accident or by hand in cells that can't be derived
 * again (`time`, `label`, names, dates), and rows that were moved from one log into another. They keep nobody from
 * computing them anew: what does, is to derive the radii and to draw the votes again.
 */

/** The checksum of a header: SHA-256 (hex) of its canonical JSON (RFC 8785), without the checksum itself. */
export function headerCheck(header: object): string {
  const { check: _, ...content } = header as Record<string, unknown>;
  return sha256(canonicalize(content));
}

/**
 * What ties rows to their header: its checksum without `max` and `computedBy`, which change when a log grows.
 */
export function headerIdentity(header: LogHeader): string {
  const { max: _, computedBy: __, ...content } = header;
  return headerCheck(content);
}

/**
 * What ties parts to a certification, whoever computes them and when: the checksum of all in a header that decides
 * votes and certificates. Two headers have the same one if `headerDifferences` finds nothing.
 */
export function settingsHash(header: LogHeader): string {
  const { created: _, smoothcert: __, max, computedBy: ___, shard: ____, ...content } = header;
  const { name: _____, trainingData: ______, ...model } = header.model;
  return headerCheck({ ...content, model, ...(header.familyAlpha !== undefined && { max }) });
}

/**
 * The checksum of a row: the first 16 hex digits of the SHA-256 of its header's identity and its text, joined by a
 * newline.
 *
 * @param identity see {@link headerIdentity} @param text the row's line up to the tab before its checksum
 */
export function rowCheck(identity: string, text: string): string {
  return sha256(`${identity}\n${text}`).slice(0, 16);
}

/** The checksum of a row: {@link rowCheck} of its line. */
export function checkOf(row: LogRow, identity: string): string {
  return rowCheck(identity, formatRow({ ...row, check: "" }).slice(0, -1));
}

function sha256(text: string): string {
  return bytesToHex(digestOf(utf8ToBytes(text)));
}
