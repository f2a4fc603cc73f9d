/** What a board says by itself or after a command: done, refused, over- and undervoltage, reset, booted, asleep, wake up. */
const CODES = ["OK", "ER", "OV", "UV", "RS", "RE", "SL", "WA", "DONE"] as const;
export type EzoCode = (typeof CODES)[number];

/** One line of an Atlas Scientific EZO board in UART mode (domain.md §3.1). */
export type EzoLine =
  | { kind: "code"; code: EzoCode }
  /** `?STATUS,P,5.038` and its kind. */
  | { kind: "answer"; name: string; fields: readonly string[] }
  | { kind: "reading"; values: readonly number[] }
  | { kind: "garbage" };

const ANSWER = /^\?([A-Za-z]{1,8}),(.*)$/;
const READING = /^-?\d{1,7}(\.\d{1,4})?(,-?\d{1,7}(\.\d{1,4})?){0,3}$/;

/** Reads one line without its carriage return; lines of nothing but digits may also be an export, so ranges still count. */
export function parseEzoLine(text: string): EzoLine {
  const code = CODES.find((known) => text === `*${known}`);
  if (code !== undefined) return { kind: "code", code };
  const answer = ANSWER.exec(text);
  if (answer !== null)
    return { kind: "answer", name: answer[1]!.toUpperCase(), fields: answer[2]!.split(",") };
  if (READING.test(text)) return { kind: "reading", values: text.split(",").map(Number) };
  return { kind: "garbage" };
}

/** The longest line that a board sends has some forty characters. */
const MAX_LINE_BYTES = 64;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines; holds at most one of them, and calls what is longer or no text garbage. */
export function createEzoLines(): (chunk: Uint8Array) => EzoLine[] {
  let held = "";
  let isGarbage = false;
  return (chunk) => {
    const lines: EzoLine[] = [];
    for (const byte of chunk) {
      if (byte === CARRIAGE_RETURN) {
        if (isGarbage) lines.push({ kind: "garbage" });
        else if (held !== "") lines.push(parseEzoLine(held));
        held = "";
        isGarbage = false;
      } else if (byte < 0x20 || byte > 0x7e) {
        // Some adapters add line feeds of their own.
        if (byte !== LINE_FEED) isGarbage = true;
      } else if (held.length < MAX_LINE_BYTES) held += String.fromCharCode(byte);
      else isGarbage = true;
    }
    return lines;
  };
}
