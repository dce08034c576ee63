import type { CompletedCommand, CompletedOption, Value } from "./completion-model.js";

/** Completion for zsh: a function for each command, by its `_arguments`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef smoothcert
# Completes smoothcert's commands in zsh. Made by: smoothcert completion zsh

${commands.map((command) => functionOf(command, commands)).join("\n\n")}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _smoothcert "$@"
else
  compdef _smoothcert smoothcert
fi
`;
}

function functionOf(command: CompletedCommand, all: readonly CompletedCommand[]): string {
  const { path, options, commands, arguments: values } = command;
  const specs = options.map(optionSpec);
  const body =
    commands.length === 0 ? argumentsCall([...specs, ...argumentSpecs(values)]) : choice(command, all, specs);
  return `${nameOf(path)}() {\n${body}\n}`;
}

/** The name of a command's function: \`_smoothcert_engine_install\`. */
function nameOf(path: readonly string[]): string {
  return ["_smoothcert", ...path].join("_");
}

/** Completes a command below, then leaves the line to its function. */
function choice({ path }: CompletedCommand, all: readonly CompletedCommand[], specs: readonly string[]): string {
  const below = all.filter(
    (each) => each.path.length === path.length + 1 && path.every((word, i) => each.path[i] === word),
  );
  const described = below.map((each) => `      ${quoted(`${each.path.at(-1)}:${escapedColons(each.description)}`)}`);
  const calls = below.map((each) => `        ${each.path.at(-1)}) ${nameOf(each.path)} ;;`);
  return `  local state line
${argumentsCall(["'1: :->command'", "'*:: :->rest'", ...specs], "-C ")}
  case $state in
    command)
      local -a commands=(
${described.map((each) => `  ${each}`).join("\n")}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${calls.join("\n")}
      esac
      ;;
  esac`;
}

function argumentsCall(specs: readonly string[], flags = ""): string {
  return ["  _arguments", `${flags}-s`.trim(), ...specs]
    .join(" \\\n    ")
    .replace("_arguments \\\n    ", "_arguments ");
}

function argumentSpecs(values: readonly Value[]): string[] {
  return values.map((value, i) => quoted(`${i === values.length - 1 ? "*" : i + 1}:${action(value)}`));
}

function optionSpec({ flags, description, value, optional }: CompletedOption): string {
  const takes = value === undefined ? "" : `${optional ? ":" : ""}:${action(value)}`;
  const told = description.replaceAll(/[[\]\\]/g, "\\$&");
  const rest = `[${told}]${takes}`;
  return flags.length === 1 ? quoted(`${flags[0]}${rest}`) : `{${flags.join(",")}}${quoted(rest)}`;
}

/** A message, and what is offered. */
function action(value: Value): string {
  if (value === "files") return "file:_files";
  return value === "word" ? "value: " : `value:(${value.join(" ")})`;
}

function escapedColons(text: string): string {
  return text.replaceAll(":", "\\:");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
