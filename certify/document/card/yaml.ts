/** What YAML is made of here: no null, no dates. */
export type YamlValue = string | number | boolean | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** A value as a block of YAML 1.2. Strings stand in quotes, as in JSON, so that none is taken for anything else. */
export function yamlText(value: YamlValue): string {
  return linesOf(value).join("\n");
}

function linesOf(value: YamlValue): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ["[]"];
    return value.flatMap((item: YamlValue) => linesOf(item).map((line, i) => `${i === 0 ? "- " : "  "}${line}`));
  }
  if (typeof value === "string") return [quoted(value)];
  if (typeof value !== "object") return [String(value)];
  const entries = Object.entries(value);
  if (entries.length === 0) return ["{}"];
  return entries.flatMap(([key, item]) => {
    const lines = linesOf(item);
    const isNested = typeof item === "object" && Object.keys(item).length > 0;
    return isNested ? [`${keyText(key)}:`, ...lines.map((line) => `  ${line}`)] : [`${keyText(key)}: ${lines[0]}`];
  });
}

/** A string as JSON has it; what YAML takes for the end of a line, or refuses, is escaped too. */
function quoted(text: string): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

/** Names as they are, everything else in quotes. */
function keyText(key: string): string {
  return /^[A-Za-z][\w-]*$/.test(key) && !/^(true|false|yes|no|null|on|off|y|n)$/i.test(key) ? key : quoted(key);
}
