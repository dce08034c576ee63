import type { CompletedCommand, Value } from "./completion-model.js";

/**
 * Completion for bash 3.2 and later. Which command is under way is found word by word; the rest are lists of words,
 * looked up by command and position.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => path.join(" "));
  return `# Completes smoothcert's commands in bash. Made by: smoothcert completion bash

_smoothcert_value() {
  case "$1" in
${commands.flatMap(valueCases).join("\n")}
    *) return 1 ;;
  esac
}

_smoothcert_words() {
  case "$1" in
${commands.map(wordCase).join("\n")}
  esac
}

_smoothcert() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" path="" i value words
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
${caseOf(paths, 6)} path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  [[ $previous == "=" ]] && previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  [[ $current == "=" ]] && current=""
  words=$(_smoothcert_words "$path")
  if ! value=$(_smoothcert_value "$path $previous"); then
    [[ $current == -* ]] && value="\${words%%|*}" || value="\${words#*|}"
  fi
  case "$value" in
    files)
      compopt -o filenames 2>/dev/null
      local IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$current"))
      ;;
    *) COMPREPLY=($(compgen -W "$value" -- "$current")) ;;
  esac
}

complete -F _smoothcert smoothcert
`;
}

/** What follows each option of a command that takes a value. */
function valueCases({ path, options }: CompletedCommand): string[] {
  const byValue = new Map<string, string[]>();
  for (const { flags, value, optional } of options) {
    if (value === undefined || (optional && value === "word")) continue;
    const text = textOf(value);
    byValue.set(text, [...(byValue.get(text) ?? []), ...flags.map((flag) => `${path.join(" ")} ${flag}`)]);
  }
  return [...byValue].map(([text, places]) => `${caseOf(places, 4)} echo '${text}' ;;`);
}

/** The options of a command, and what else may follow it, with a bar between. */
function wordCase({ path, options, commands, arguments: values }: CompletedCommand): string {
  const flags = options.flatMap((option) => option.flags);
  const rest = commands.length > 0 ? commands.join(" ") : textOf(values.at(-1) ?? []);
  return `    '${path.join(" ")}') echo '${flags.join(" ")}|${rest}' ;;`;
}

function textOf(value: Value): string {
  if (value === "files") return value;
  return value === "word" ? "" : value.join(" ");
}

function caseOf(texts: readonly string[], indent: number): string {
  return `${" ".repeat(indent)}${texts.map((text) => `'${text}'`).join(" | ")})`;
}
