export { type LanguageArchitecture, weightShapes } from "./architecture.js";
export { drawSequenceCopies, embed, type SequenceCopies, type SequenceDraw, takeCopies } from "./copies.js";
export { loadLanguageModel, type LanguageModelFile, saveLanguageModel } from "./model-file.js";
export { type LanguageRunHooks, type LanguageRunOptions, type LanguageRunResult, type LanguageRunStart, trainLanguageRun } from "./run.js";
export { completeLanguageSettings, type GivenLanguageSettings, type LanguageSettings, languageOptions } from "./settings.js";
