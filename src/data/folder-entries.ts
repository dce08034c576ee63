import type { Dirent } from "node:fs";
import { extname, join } from "node:path";
import { kindOf, listEntries } from "./files.js";

/** What lies in a folder of images: what belongs there, and what systems, archives and people leave beside it. */

/** Names in a folder, by what they are; each list sorted by code unit. */
export interface FolderEntries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** What is neither read nor reported one by one. */
  readonly skipped: readonly string[];
}

/** @throws FileError if the folder cannot be listed. */
export async function entriesOf(path: string, expected: string): Promise<FolderEntries> {
  const entries = await listEntries(path, expected);
  const names = entries.map(({ name }) => name);
  const kept = entries.filter(({ name }) => !isLeftBehind(name));
  const folders = await Promise.all(kept.map((entry) => isFolder(path, entry)));
  const are = (folder: boolean): string[] => kept.filter((_, i) => folders[i] === folder).map(({ name }) => name);
  return {
    folders: are(true),
    files: are(false).filter((name) => !isNote(name)),
    skipped: [...names.filter(isLeftBehind), ...are(false).filter(isNote)],
  };
}

/** Asks the system again only where a link leads. */
async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  return entry.isSymbolicLink() ? (await kindOf(join(path, entry.name))) === "folder" : entry.isDirectory();
}

/** What operating systems and archives leave, in lower case; all that begins with a dot counts too. */
const LEFT_BEHIND: readonly string[] = [
  "__macosx",
  "thumbs.db",
  "ehthumbs.db",
  "desktop.ini",
  "icon\r",
  "@eadir",
  "$recycle.bin",
  "system volume information",
  "lost+found",
];

function isLeftBehind(name: string): boolean {
  return name.startsWith(".") || LEFT_BEHIND.includes(name.toLowerCase());
}

/** Texts about images. Any other file might be an image of a format that isn't read, and is not passed over. */
const NOTE_NAME = /^(readme|license|licence|copying|notice|changelog|authors|checksums?|md5sums?|sha\d+sums?)\b/i;
const NOTE_EXTENSIONS: readonly string[] = [
  ...["txt", "md", "rst", "html", "htm", "pdf", "doc", "docx", "rtf", "tex", "bib"],
  ...[
    "csv",
    "tsv",
    "json",
    "jsonl",
    "xml",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "log",
    "py",
    "ipynb",
    "sh",
    "url",
    "lnk",
  ],
];

function isNote(name: string): boolean {
  return NOTE_NAME.test(name) || NOTE_EXTENSIONS.includes(extname(name).slice(1).toLowerCase());
}
