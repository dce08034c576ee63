import { slugOf } from "./slug.mjs";

/** A module as typedoc writes it, in its parts. */
export interface ApiModule {
  /** `smoothcert/core`. */
  readonly name: string;
  /** What it says of itself. */
  readonly description: string;
  /** Functions, classes and so on. */
  readonly sections: readonly ApiSection[];
  /** What another module documents, as links. */
  readonly references: readonly string[];
  /** The section and the new anchor of each anchor. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface ApiSection {
  readonly title: string;
  readonly names: readonly string[];
  /** Markdown, headings from the second level on. */
  readonly text: string;
}

export interface Place {
  readonly section: string;
  readonly anchor: string;
}

const ANCHOR = /<a id="([^"]+)"><\/a> /g;

/** Takes apart what typedoc-plugin-markdown writes of a module on one page. */
export function parseModule(text: string): ApiModule {
  const [front, ...parts] = text.split(/^## /m);
  const [, name, description] = /^# (\S+)\n([\s\S]*)$/.exec(front)!;
  const places = new Map<string, Place>();
  const former = new Anchors();
  const parsed = parts.map((part) => parseSection(part, former, places));
  const references = parsed.find(({ title }) => title === "References");
  return {
    name,
    description: description.trim(),
    sections: parsed.filter((section) => section !== references),
    references: [...(references?.text ?? "").matchAll(/\[[^\]]+\]\([^)]+\)/g)].map(([link]) => link),
    places,
  };
}

function parseSection(part: string, former: Anchors, places: Map<string, Place>): ApiSection {
  const [title] = part.split("\n", 1);
  former.of(title);
  const anchors = new Anchors();
  // The page's own title comes first.
  anchors.of(title);
  let [anchor, fenced] = ["", false];
  const names: string[] = [];
  const lines = part
    .split("\n")
    .slice(1)
    .map((line) => {
      if (line.startsWith("```")) fenced = !fenced;
      const [, marks, words] = (!fenced && /^#(#+) (.*)$/.exec(line)) || [];
      if (words !== undefined) {
        const heading = words.replaceAll("\\", "");
        anchor = anchors.of(heading);
        places.set(former.of(heading), { section: title, anchor });
        if (marks === "##") names.push(heading);
        return `${marks} ${words}`;
      }
      for (const [, id] of line.matchAll(ANCHOR)) places.set(id, { section: title, anchor });
      return line.replaceAll(ANCHOR, "");
    });
  return { title, names, text: lines.filter((line) => line !== "***").join("\n") };
}

/** The anchors of a page's headings: of equal ones, the later have numbers. */
class Anchors {
  readonly #counts = new Map<string, number>();

  of(heading: string): string {
    const slug = slugOf(heading);
    const count = this.#counts.get(slug) ?? 0;
    this.#counts.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  }
}
