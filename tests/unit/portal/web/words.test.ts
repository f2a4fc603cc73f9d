import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { wordsOf, wordTable } from "../../../../portal/web/words.ts";
import { LANGUAGES } from "../../../../portal/web/words-form.ts";

const CHINESE = /[\u4e00-\u9fff]/;
const HALF_WIDTH_BESIDE_CHINESE = /[\u4e00-\u9fff][,:;?!]/;

/** Every text of a language with its key; sentences are filled with marks for their facts. */
function textsOf(language: (typeof LANGUAGES)[number]): [key: string, text: string][] {
  return Object.entries(wordsOf(language)).flatMap(([key, word]): [string, string][] => {
    if (typeof word === "string") return [[key, word]];
    if (typeof word === "function") {
      const marks = Array.from({ length: word.length }, (_, i) => `<${i}>`);
      return [[key, (word as (...facts: string[]) => string)(...marks)]];
    }
    return Object.entries(word).map(([member, text]) => [`${key}.${member}`, text as string]);
  });
}

describe("the page's words", () => {
  it("are there in both languages, for the same things", () => {
    const [zh, en] = LANGUAGES.map((language) => textsOf(language).map(([key]) => key));
    expect(zh).toEqual(en);
    for (const pair of Object.values(wordTable)) expect(Object.keys(pair).sort()).toEqual(["en", "zh"]);
  });

  it("are said once: no table of words takes a key from another", async () => {
    const folder = new URL("../../../../portal/web/", import.meta.url);
    const files = globSync("words-*.ts", { cwd: fileURLToPath(folder) }).filter(
      (name) => name !== "words-form.ts",
    );
    const tables = await Promise.all(
      files.map(async (name) => (await import(new URL(name, folder).href)) as Record<string, object>),
    );
    const keys = tables.flatMap((module) => Object.values(module).flatMap((words) => Object.keys(words)));
    expect(keys.length).toBeGreaterThan(300);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  it("are never empty, but for counts that need no unit", () => {
    for (const language of LANGUAGES) {
      const empty = textsOf(language).filter(([, text]) => text.trim() === "");
      expect(empty.map(([key]) => key)).toEqual(["stepCounts.terms", "stepCounts.result"]);
    }
  });

  it("are Chinese in Chinese, with Chinese punctuation", () => {
    const texts = textsOf("zh").filter(([key, text]) => text !== "" && key !== "otherLanguage");
    expect(texts.filter(([, text]) => !CHINESE.test(text))).toEqual([]);
    expect(texts.filter(([, text]) => HALF_WIDTH_BESIDE_CHINESE.test(text))).toEqual([]);
  });

  it("are not Chinese in English", () => {
    expect(textsOf("en").filter(([key, text]) => key !== "otherLanguage" && CHINESE.test(text))).toEqual([]);
  });

  it("say every fact that they are given", () => {
    // A farmer here counts in mu; only the English adds hectares.
    const untold = LANGUAGES.flatMap((language) =>
      Object.entries(wordsOf(language)).flatMap(([key, word]) => {
        if (typeof word !== "function") return [];
        const marks = Array.from({ length: word.length }, (_, i) => `<${i}>`);
        const text = (word as (...facts: string[]) => string)(...marks);
        return marks.every((mark) => text.includes(mark)) ? [] : [`${language} ${key}`];
      }),
    );
    expect(untold).toEqual([]);
  });
});
