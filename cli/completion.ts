import { Argument, Command } from "commander";
import { bashCompletion } from "./completion-bash.js";
import { fishCompletion } from "./completion-fish.js";
import { type CompletedCommand, completedCommands } from "./completion-model.js";
import { zshCompletion } from "./completion-zsh.js";
import { oneOf } from "./options.js";
import { print } from "./print.js";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } satisfies Record<
  string,
  (commands: readonly CompletedCommand[]) => string
>;
type Shell = keyof typeof SHELLS;
const NAMES = Object.keys(SHELLS) as Shell[];

const HELP = `
The shell then completes commands, options, and the values that an option can
take, by the tab key. After an update of smoothcert, write the file again.

Examples:
  smoothcert completion bash > ~/.local/share/bash-completion/completions/smoothcert
  smoothcert completion zsh > ~/.zsh/completions/_smoothcert   # a folder in fpath
  smoothcert completion fish > ~/.config/fish/completions/smoothcert.fish`;

/**
 * `smoothcert completion`: a script that teaches a shell the commands and their options.
 *
 * @param program makes the program with all its commands
 */
export function completionCommand(program: () => Promise<Command>): Command {
  return new Command("completion")
    .description("print a script that lets a shell complete commands, options and their values")
    .addArgument(new Argument("<shell>", NAMES.join(", ")).argParser(oneOf("<shell>", NAMES)))
    .addHelpText("after", HELP)
    .action(async (shell: Shell) => print(SHELLS[shell](completedCommands(await program())).trimEnd()));
}
