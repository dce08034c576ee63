import type { RunSettings } from "../messages.js";

/**
 * The settings that a form holds. Fractions may be written as such: 64/255.
 *
 * @throws Error naming the field that holds no number; ranges are for whoever certifies
 */
export function readSettings(form: HTMLFormElement): RunSettings {
  const text = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value.trim();
  const value = (name: string): number => numberOf(name, text(name));
  return {
    sigma: value("sigma"),
    n0: value("n0"),
    n: value("n"),
    alpha: value("alpha"),
    seed: value("seed"),
    batch: value("batch"),
    precision: text("precision") === "" ? undefined : value("precision"),
  };
}

/** A number, or the quotient of two. @throws Error naming the field and what it holds */
export function numberOf(name: string, text: string): number {
  const [over, under = "1", ...rest] = text.split("/");
  const value = over.trim() === "" || under.trim() === "" ? Number.NaN : Number(over) / Number(under);
  if (rest.length === 0 && Number.isFinite(value)) return value;
  throw new Error(`${name} must be a number, or a fraction such as 64/255, got "${text}"`);
}
