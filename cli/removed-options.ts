/** Options that earlier versions had, by command, and how to say the same today. */
const REMOVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  certify: {
    "--selection": "write --n0 0 for --selection none, and nothing for --selection separate",
    "--randomised": "write --interval randomised-clopper-pearson",
  },
};

/**
 * What to write instead of an option that a command no longer has; undefined for one that it never had.
 *
 * @param option as it was typed, with `=VALUE` or without
 */
export function removedOption(command: string, option: string): string | undefined {
  const [flag] = option.split("=");
  const options = Object.hasOwn(REMOVED, command) ? REMOVED[command] : {};
  return Object.hasOwn(options, flag) ? `${flag} has been removed: ${options[flag]}` : undefined;
}
