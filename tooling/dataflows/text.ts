// Text is measured without a font, wider than any ordinary sans-serif draws it, so that what fits here fits everywhere.

const NARROW = /[ .,:;'’()/i|jlftrI-]/;
const WIDE = /[mwMW&+–]/;
const CAPITAL_OR_DIGIT = /[A-Z0-9]/;
/** The letters with accents go up to Ǆ, which is two letters. */
const BEFORE_CJK = 0x2e80;

function emOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code >= BEFORE_CJK) return 1.1;
  if (code > 0x7f && !/[’–]/.test(character)) return 1.6;
  if (NARROW.test(character)) return 0.52;
  if (WIDE.test(character)) return 1.12;
  return CAPITAL_OR_DIGIT.test(character) ? 0.88 : 0.74;
}

/** At most so wide is a line of `sizePx`, bold or not. */
export function widthOf(text: string, sizePx: number): number {
  return [...text].reduce((sum, character) => sum + emOf(character) * sizePx, 0);
}

/** Lines that are no wider than `maxPx`, broken between words, and inside a word that is too long for a line. */
export function wrap(text: string, { sizePx, maxPx }: { sizePx: number; maxPx: number }): string[] {
  const fits = (line: string) => widthOf(line, sizePx) <= maxPx;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/).filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const character of word) {
      if (line !== "" && !fits(line + character)) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** A table in Markdown, with an empty line behind it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row), ""];
}
