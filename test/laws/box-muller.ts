/**
 * Box and Muller's transform in the functions of Math: radius from the first word, a point of the circle from the
 * second.
 */
export function boxMuller(radius: number, angle: number): [number, number] {
  const r = Math.sqrt(-2 * Math.log((radius + 0.5) / 2 ** 32));
  const inQuadrant = (((angle % 2 ** 30) + 0.5) / 2 ** 30 - 0.5) * (Math.PI / 2);
  const [negative, swap] = [(angle >>> 30) & 1, angle >>> 31];
  const onCircle = swap === 0 ? inQuadrant : Math.PI / 2 - inQuadrant;
  const theta = negative === 0 ? onCircle : onCircle + Math.PI;
  return [r * Math.cos(theta), r * Math.sin(theta)];
}
