/** Ends of the names of image files that can be decoded. */
export const IMAGE_EXTENSIONS: readonly string[] = ["png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "avif"];

/** How files of these kinds begin, by byte as Latin-1; `.` stands for any byte. */
const BEGINNINGS: readonly RegExp[] = [
  /^\x89PNG\r\n.\n/s,
  /^\xff\xd8\xff/,
  /^RIFF....WEBP/s,
  /^GIF8[79]a/,
  /^(II[*+]\0|MM\0[*+])/,
  /^....ftyp(avif|avis|mif1)/s,
];

/**
 * Whether bytes begin as an image of a kind in {@link IMAGE_EXTENSIONS} does: others are not handed to the decoder,
 * which knows more.
 */
export function isImage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return BEGINNINGS.some((beginning) => beginning.test(start));
}
