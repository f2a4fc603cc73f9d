import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { opensslLines } from "./openssl-lines.ts";
import { makeDir } from "./world.ts";

const key = makeKey("openssl");
const segment = concatBytes(...makeChain({ key, count: 3 }));

/** Runs the documented lines, to the letter, in a folder with a segment; throws where openssl says no. */
function check(bytes: Uint8Array): string {
  using folder = makeDir();
  writeFileSync(join(folder.dir, "segment.bin"), bytes);
  const [X, Y] = [toHex(key.publicKey.subarray(0, 32)), toHex(key.publicKey.subarray(32))];
  return execFileSync("bash", ["-ec", opensslLines()], {
    cwd: folder.dir,
    env: { ...process.env, X, Y },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

it("the documented openssl commands accept a probe's reading", () => {
  expect(check(segment)).toContain("Verified OK");
});

it.each([
  ["a value", 36],
  ["the signature", 130],
])("they refuse one with %s changed", (_, at) => {
  const changed = segment.slice();
  changed[at]! ^= 1;
  expect(() => check(changed)).toThrow();
});
