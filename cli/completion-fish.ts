import type { CompletedCommand, CompletedOption, Value } from "./completion-model.js";

/** Completion for fish 3 and later: a line for each command and each option. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completes smoothcert's commands in fish. Made by: smoothcert completion fish

# The words typed so far that are no options.
function __smoothcert_words
    set -l words (commandline -opc)
    string match -rv -- '^-' $words[2..]
end

# Whether they begin with these.
function __smoothcert_at
    set -l words (__smoothcert_words)
    set -l n (count $argv)
    test $n -eq 0; and return 0
    test (count $words) -ge $n; and test "$words[1..$n]" = "$argv"
end

# Whether they are these.
function __smoothcert_next
    set -l words (__smoothcert_words)
    test "$words" = "$argv"
end

complete -c smoothcert -f
${commands.flatMap((command) => linesOf(command, commands)).join("\n")}
`;
}

function linesOf(
  { path, options, arguments: values, commands }: CompletedCommand,
  all: readonly CompletedCommand[],
): string[] {
  const below = all.filter((command) => command.path.length === path.length + 1 && isBelow(command.path, path));
  const at = ["__smoothcert_at", ...path].join(" ");
  const next = ["__smoothcert_next", ...path].join(" ");
  return [
    ...below.map(({ path: [...words], description }) => line(next, `-a ${words.at(-1)}`, description)),
    ...(commands.length === 0 && values.length > 0 ? [line(at, argumentsOf(values.at(-1)!), "")] : []),
    ...options.map((option) => optionLine(path.length === 0 ? next : at, option)),
  ];
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.every((word, i) => path[i] === word);
}

function argumentsOf(value: Value): string {
  if (value === "files") return "-F";
  return value === "word" ? "" : `-a '${value.join(" ")}'`;
}

function optionLine(condition: string, { flags, description, value, optional }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
  const takes = value === undefined || optional ? "" : value === "files" ? "-r -F" : `-x ${argumentsOf(value)}`;
  return line(condition, [names, takes].filter(Boolean).join(" "), description);
}

function line(condition: string, what: string, description: string): string {
  const told = description === "" ? "" : ` -d ${quoted(description)}`;
  return `complete -c smoothcert -n '${condition}' ${what}${told}`.trimEnd();
}

/** In fish, a backslash and a quote are escaped inside quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
