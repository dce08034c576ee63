/** `count` indices below `length`, or all of them, at equal distances. */
export function spread(length: number, count: number): number[] {
  const taken = Math.min(length, count);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * length) / taken));
}
