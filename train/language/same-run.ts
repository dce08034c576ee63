import { ArgumentError, type Corpus, FileError, show } from "../../src/index.js";
import type { LanguageRunConfig } from "./run-folder.js";
import { completeLanguageSettings, type GivenLanguageSettings, type LanguageSettings } from "./settings.js";

/**
 * The settings under which a run goes on: those it was started with, but for more epochs. Settings given again must be
 * the same, since the weights would be those of neither run otherwise.
 *
 * @throws ArgumentError naming each setting that differs, and both values
 */
export function resumedLanguageSettings(started: LanguageSettings, given: GivenLanguageSettings): LanguageSettings {
  const names = Object.keys(given) as (keyof LanguageSettings)[];
  const differing = names.filter((name) => given[name] !== undefined && given[name] !== started[name]);
  const refused = differing.filter((name) => name !== "epochs" || given.epochs! < started.epochs);
  if (refused.length > 0) {
    const both = refused.map(
      (name) => `${name} must be ${show(started[name])}, with which the run was started, got ${show(given[name])}`,
    );
    const next = "Leave them out, or train into another folder; only epochs may grow";
    throw new ArgumentError(`train-lm: ${both.join("; ")}. ${next}.`, refused[0], given[refused[0]]);
  }
  return completeLanguageSettings({ ...started, epochs: given.epochs ?? started.epochs });
}

/** @throws FileError if the text is not the one that the run was started with */
export function requireSameText(path: string, { data }: LanguageRunConfig, corpus: Corpus): void {
  if (data.hash === corpus.hash) return;
  const found = `${corpus.source}, whose tokens are others`;
  throw new FileError(path, `expected the text of the run, ${data.source}, found ${found}. Train into another folder.`);
}
