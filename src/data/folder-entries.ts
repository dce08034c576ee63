import { extname, join } from "node:path";
import { kindOf, namesIn } from "./files.js";

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
  const names = await namesIn(path, expected);
  const kept = names.filter((name) => !isLeftBehind(name));
  const kinds = await Promise.all(kept.map((name) => kindOf(join(path, name))));
  const are = (folder: boolean): string[] => kept.filter((_, i) => (kinds[i] === "folder") === folder);
  return {
    folders: are(true),
    files: are(false).filter((name) => !isNote(name)),
    skipped: [...names.filter(isLeftBehind), ...are(false).filter(isNote)],
  };
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
