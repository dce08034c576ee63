import ts from "typescript";
import type { Block } from "./blocks.js";

/** The modules that a snippet may import, by the names under which users import them. */
export type Modules = Readonly<Record<string, object>>;

const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...given: unknown[]) => Promise<Record<string, unknown>>;

/**
 * Executes a block of TypeScript in the current folder.
 *
 * @returns what it declares, by name
 * @throws whatever the block throws, and an error for an import that is none of the modules or has not that name
 */
export async function executeSnippet({ text }: Block, modules: Modules): Promise<Record<string, unknown>> {
  const source = parsed(text);
  const imports = source.statements.filter(ts.isImportDeclaration);
  const given = importsOf(text, modules);
  const body = imports.reduceRight((rest, { pos, end }) => rest.slice(0, pos) + rest.slice(end), text);
  const names = source.statements.filter(ts.isVariableStatement).flatMap(declared);
  const { outputText } = ts.transpileModule(`export {};${body}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const script = `${outputText.replace("export {};", "")}\nreturn { ${names.join(", ")} };`;
  return new AsyncFunction(...Object.keys(given), script)(...Object.values(given));
}

/** What a text imports of the package, by name. @throws Error naming what isn't there */
export function importsOf(text: string, modules: Modules): Record<string, unknown> {
  const imports = parsed(text).statements.filter(ts.isImportDeclaration);
  const ours = imports.filter(({ moduleSpecifier }) =>
    (moduleSpecifier as ts.StringLiteral).text.startsWith("smoothcert"),
  );
  return Object.assign({}, ...ours.map((each) => imported(each, modules)));
}

function parsed(text: string): ts.SourceFile {
  return ts.createSourceFile("snippet.ts", text, ts.ScriptTarget.ES2023, true);
}

function imported({ moduleSpecifier, importClause }: ts.ImportDeclaration, modules: Modules): Record<string, unknown> {
  const name = (moduleSpecifier as ts.StringLiteral).text;
  const module = modules[name] as Record<string, unknown> | undefined;
  if (module === undefined) throw new Error(`a snippet imports ${name}, which is none of ${Object.keys(modules)}`);
  const bindings = importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) throw new Error(`a snippet must import names from ${name}, in braces`);
  const values = bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map((element) => element.name.text);
  const missing = values.filter((value) => !(value in module));
  if (missing.length > 0) throw new Error(`${name} exports no ${missing.join(", ")}`);
  return Object.fromEntries(values.map((value) => [value, module[value]]));
}

function declared({ declarationList }: ts.VariableStatement): string[] {
  return declarationList.declarations.flatMap(({ name }) => namesIn(name));
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));
}
