import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { END_OF_LINE, FileError, readCorpus, textOf, tokensOf, UNKNOWN, Vocabulary, vocabularyOf } from "smoothcert";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "<", "ß", "."), minLength: 1, maxLength: 4 });
const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(" "));

describe("tokens of a text", () => {
  it("are its characters, which join to it again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const tokens = tokensOf(text, "character");
        expect(textOf(tokens, "character")).toBe(text);
        expect(tokens.every((token) => [...token].length === 1)).toBe(true);
      }),
    );
  });

  it("are its words with an end for each line, of which the same lines are made again", () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const text = `${lines.join("\n")}\n`;
        const tokens = tokensOf(text, "word");
        expect(tokens.filter((token) => token === END_OF_LINE)).toHaveLength(lines.length);
        expect(textOf(tokens, "word")).toBe(text);
      }),
    );
  });

  it("don't depend on how many spaces, tabs or carriage returns stand between words", () => {
    expect(tokensOf(" a \t b\r\n\nc", "word")).toEqual(["a", "b", END_OF_LINE, END_OF_LINE, "c", END_OF_LINE]);
  });
});

describe("a vocabulary", () => {
  it("holds the most frequent tokens, the earlier first of equals, and knows no others", () => {
    const vocabulary = vocabularyOf(["b", "a", "c", "a", "b", "a", UNKNOWN, "d"], 4);
    expect(vocabulary.tokens).toEqual([UNKNOWN, "a", "b", "c"]);
    expect([...vocabulary.encode(["c", "d", UNKNOWN, "a"])]).toEqual([3, 0, 0, 1]);
  });

  it("decodes what it encodes, where it knows it", () => {
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 2, max: 8 }), (tokens, most) => {
        const vocabulary = vocabularyOf(tokens, most);
        expect(vocabulary.size).toBeLessThanOrEqual(most);
        const decoded = vocabulary.decode(vocabulary.encode(tokens));
        const known = new Set(vocabulary.tokens);
        expect(decoded).toEqual(tokens.map((token) => (known.has(token) ? token : UNKNOWN)));
        if (new Set(tokens).size < most) expect(decoded).toEqual(tokens);
      }),
    );
  });

  it("is refused if tokens are the same, or if it lacks <unk>", () => {
    expect(() => new Vocabulary([UNKNOWN, "a", "a"])).toThrow(/tokens must be different/);
    expect(() => new Vocabulary(["a"])).toThrow(/tokens\[0\] must be <unk>, got "a"/);
  });
});

describe("a corpus", () => {
  let folder = "";
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "smoothcert-text-"));
    await writeFile(at("train.txt"), "a b a\nc a\n");
    await writeFile(at("valid.txt"), "a d\n");
    await writeFile(at("test.txt"), "b\nb\n");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is read from a folder, with the vocabulary of its training part", async () => {
    const { vocabulary, train, valid, test } = await readCorpus(folder, "word", 100);
    expect(vocabulary.tokens).toEqual([UNKNOWN, "a", END_OF_LINE, "b", "c"]);
    expect([...train]).toEqual([1, 3, 1, 2, 4, 1, 2]);
    expect([...valid]).toEqual([1, 0, 2]);
    expect([...test]).toEqual([3, 2, 3, 2]);
  });

  it("is a file split 90 : 5 : 5 in order, compressed or not", async () => {
    const text = Array.from({ length: 41 }, (_, i) => String.fromCharCode(97 + (i % 7))).join("");
    await writeFile(at("one.txt"), text);
    await writeFile(at("one.txt.gz"), gzipSync(text));
    const corpus = await readCorpus(at("one.txt"), "character", 100);
    const parts = [corpus.train, corpus.valid, corpus.test];
    expect(parts.map(({ length }) => length)).toEqual([36, 2, 3]);
    expect(parts.map((part) => corpus.vocabulary.decode(part).join("")).join("")).toBe(text);
    const packed = await readCorpus(at("one.txt.gz"), "character", 100);
    expect(packed.hash).toBe(corpus.hash);
    expect((await readCorpus(at("one.txt"), "character", 3)).hash).not.toBe(corpus.hash);
  });

  it("keeps the vocabulary that it is given", async () => {
    const known = new Vocabulary([UNKNOWN, "d", "b"]);
    const { vocabulary, valid } = await readCorpus(folder, "word", known);
    expect(vocabulary).toBe(known);
    expect([...valid]).toEqual([0, 1, 0]);
  });

  it.each([
    ["nothing.txt", /nothing of that name/],
    ["short.txt", /a text of at least 2 words in each part, found 0 words in its valid part/],
    ["latin.txt", /a text in UTF-8, found other bytes/],
  ])("%s is refused with its name", async (name, problem) => {
    await writeFile(at("short.txt"), "one two three\n");
    await writeFile(at("latin.txt"), Uint8Array.of(0x61, 0xe9, 0x20, 0x62));
    const error = await readCorpus(at(name), "word", 100).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(problem);
    expect((error as Error).message).toContain(name);
  });
});
