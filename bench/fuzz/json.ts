import type { Random } from "./random.js";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  2,
  0.5,
  7,
  100,
  255,
  65_536,
  1e6,
  2 ** 31,
  2 ** 32,
  1e9,
  1e12,
  2 ** 53,
  1e300,
  -1e300,
  5e-324,
];
const NAMES = [
  "",
  " ",
  "constructor",
  "__proto__",
  "toString",
  "length",
  "../up",
  "/dev/zero",
  "a/b",
  "\u0000",
  "\u001b[31mred",
  "\u202eabc",
  "NaN",
  "Infinity",
];

/** Where a value stands. */
interface Place {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** A copy of the value changed at a few places: others' values, odd ones, missing, doubled, moved, or nested deep. */
export function mutateJson(value: unknown, random: Random): unknown {
  const root = { root: structuredClone(value) as Json };
  random.repeat(root, (whole) => {
    change(whole, random);
    return whole;
  });
  return root.root;
}

function change(root: { root: Json }, random: Random): void {
  const places = placesIn(root);
  if (places.length === 0) return;
  const place = random.pick(places);
  const { parent, key } = place;
  const of = (at: Place): Json => (at.parent as Record<string | number, Json>)[at.key];
  const put = (value: Json): void => {
    (parent as Record<string | number, Json>)[key] = value;
  };
  const changes: (() => void)[] = [
    () => put(odd(of(place), random)),
    () => put(odd(of(place), random)),
    () => put(structuredClone(of(random.pick(places)))),
    () => put(structuredClone(of(likeThis(of(place), places, of, random)))),
    () => remove(place),
    () => double(place, of(place), random),
    () => rename(place, of(place), random),
    () => put(random.chance(0.5) ? [of(place)] : { value: of(place) }),
    () => put(nested(random.pick([5, 90, 150, 1000]), random.chance(0.5))),
  ];
  random.pick(changes)();
}

/** Every place of a value in it. */
function placesIn(value: Json): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [{ parent: value, key }, ...placesIn((value as Record<string | number, Json>)[key])]);
}

/** Another place with a value of the same type: a name for a name, a size for a size. */
function likeThis(value: Json, places: readonly Place[], of: (place: Place) => Json, random: Random): Place {
  return random.pick(places.filter((place) => typeof of(place) === typeof value));
}

function odd(value: Json, random: Random): Json {
  if (typeof value === "number" && random.chance(0.7))
    return random.pick([...NUMBERS, value + 1, value - 1, -value, value * 1000]);
  if (typeof value === "string" && random.chance(0.7))
    return random.pick([...NAMES, `${value}x`, value.slice(1), value.toUpperCase(), value.repeat(500)]);
  return random.pick<Json>([null, true, false, [], {}, [[]], "x", ...NUMBERS, ...NAMES]);
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(key as number, 1);
  else delete parent[key];
}

function double({ parent, key }: Place, value: Json, random: Random): void {
  if (Array.isArray(parent)) parent.splice(random.below(parent.length + 1), 0, structuredClone(value));
  else parent[`${key}2`] = structuredClone(value);
}

function rename(place: Place, value: Json, random: Random): void {
  if (Array.isArray(place.parent)) return;
  remove(place);
  const key = String(place.key);
  const camel = key.replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
  place.parent[random.pick([camel, `_${key}`, `${key}_`, ...NAMES])] = value;
}

function nested(depth: number, arrays: boolean): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = arrays ? [value] : { a: value };
  return value;
}

/**
 * The JSON text of a changed value; now and then with brackets nested so deep that whoever walks them runs out of
 * stack.
 */
export function mutatedJson(value: unknown, random: Random): string {
  const text = JSON.stringify(mutateJson(value, random)) ?? "";
  if (!random.chance(0.02)) return text;
  const at = random.below(text.length + 1);
  return `${text.slice(0, at)}${"[".repeat(100_000)}${"]".repeat(100_000)}${text.slice(at)}`;
}
