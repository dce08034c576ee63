import { relative } from "node:path";

/** What a person should know of how a folder of images was read: a sentence each, none where there is nothing. */

export function skippedWarning(root: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const what = paths.length === 1 ? "1 entry that is no image" : `${paths.length} entries that are no images`;
  return [`${root}: ${what}, skipped: ${someOf(paths.map((path) => relative(root, path)))}`];
}

export function emptyWarning(root: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const next = "Each counts as a class without images; remove the folder (from both splits) if it is none";
  return [`${root}: class folders without an image: ${someOf(names)}. ${next}`];
}

export function turnedWarning(root: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const [first] = [...paths].sort();
  const images = paths.length === 1 ? "1 image notes" : `${paths.length} images note`;
  return [`${root}: ${images} an orientation (EXIF), which is not applied, as in torchvision; the first is ${first}`];
}

/** Names in a sentence, the first few. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
