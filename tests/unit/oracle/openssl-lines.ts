import { readFileSync } from "node:fs";

const AUDIT = new URL("../../../docs/audit.md", import.meta.url);

/** The commands by which docs/audit.md has a reading checked with openssl alone. */
export function opensslLines(): string {
  const [, lines] = /^```sh openssl\n(.*?)^```$/ms.exec(readFileSync(AUDIT, "utf8")) ?? [];
  if (lines === undefined) throw new Error("docs/audit.md has no block of openssl commands");
  return lines;
}
