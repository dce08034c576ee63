import type { Argument, Command, Option } from "commander";
import { program } from "../cli/command-line.js";
import { HELP_STYLE } from "../cli/help.js";
import { block, code, page, plain, sentence, table } from "./markdown.js";
import type { GeneratedPage } from "./page.js";

/** The reference of the commands, from what commander knows of them. */

/** Options that every command has. */
const COMMON = ["--help", "--debug"];

/** A page for each command, and one that lists them all under the headings of the help. */
export async function commandPages(): Promise<GeneratedPage[]> {
  const main = await program([]);
  const commands = main.commands.filter((command) => command.helpGroup() !== "Help:");
  return [listOf(main, commands), ...commands.map(commandPage)];
}

function listOf(main: Command, commands: readonly Command[]): GeneratedPage {
  const grouped = main.createHelp().groupItems([...main.commands], [...commands], (command) => command.helpGroup());
  const groups = [...grouped].flatMap(([heading, members]) => [
    `## ${heading.replace(/:$/, "")}`,
    table(
      ["command", "what it does"],
      members.map((command) => [`[${code(command.name())}](${command.name()}.md)`, plain(command.description())]),
    ),
  ]);
  return { path: "reference/commands/index.md", text: page("# Commands", ...groups, ...epilogueOf(main)) };
}

function commandPage(command: Command): GeneratedPage {
  const parts = [command, ...command.commands].flatMap((each) => partsOf(each, each === command ? "#" : "##"));
  return { path: `reference/commands/${command.name()}.md`, text: page(...parts) };
}

function partsOf(command: Command, level: string): string[] {
  const names = command.parent?.name() === "smoothcert" ? [] : [command.parent?.name() ?? ""];
  const path = ["smoothcert", ...names, command.name()].join(" ");
  return [
    `${level} ${path}`,
    sentence(command.description()),
    block(`${path} ${command.usage()}`.trim(), "sh"),
    table(["argument", "what it is"], command.registeredArguments.map(argumentRow)),
    ...optionGroups(command).flatMap(([heading, options]) => [
      `${level}# ${heading.replace(/:$/, "")}`,
      table(["option", "what it does"], options.map(optionRow)),
    ]),
    ...epilogueOf(command),
  ];
}

function argumentRow(argument: Argument): string[] {
  return [code(argument.name()), plain(argument.description)];
}

function optionRow(option: Option): string[] {
  return [code(option.flags), plain(HELP_STYLE.optionDescription!(option))];
}

function optionGroups(command: Command): [heading: string, Option[]][] {
  const own = command.options.filter(({ long }) => !COMMON.includes(long ?? ""));
  const help = command.createHelp();
  const groups = help.groupItems([...command.options], own, (option) => option.helpGroupHeading ?? "Options");
  return [...groups].filter(([, options]) => options.length > 0);
}

/** What the help says after the options: paragraphs, examples, and tables that it sets in columns. */
function epilogueOf(command: Command): string[] {
  const [prose, examples] = textAfterOptions(command).split(/\nExamples?:\n/);
  const paragraphs = prose.split(/\n\n+/).filter((text) => text.trim() !== "");
  return [
    ...paragraphs.flatMap(paragraph),
    ...(examples === undefined ? [] : ["**Examples**", block(withoutIndent(examples), "sh")]),
  ];
}

function textAfterOptions(command: Command): string {
  let printed = "";
  const keep = (text: string): void => {
    printed += text;
  };
  command.configureOutput({ writeOut: keep });
  command.outputHelp();
  return printed.slice(command.helpInformation().length);
}

/** Lines at the margin are prose, the indented ones after them are set as they are. */
function paragraph(text: string): string[] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith("  "));
  const end = first < 0 ? lines.length : first;
  const prose = plain(lines.slice(0, end).join("\n"));
  if (first < 0) return [prose];
  const rest = lines.slice(end);
  const after = rest.findIndex((line) => !line.startsWith("  "));
  const set = after < 0 ? rest : rest.slice(0, after);
  return [prose, block(withoutIndent(set.join("\n"))), ...(after < 0 ? [] : paragraph(rest.slice(after).join("\n")))];
}

function withoutIndent(text: string): string {
  return text.replaceAll(/^ {2}/gm, "").trimEnd();
}
