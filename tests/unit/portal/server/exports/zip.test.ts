import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ZipEntry, zip } from "../../../../../portal/server/exports/zip.ts";
import { isMissing, unzip } from "../../../../real-components.ts";

const archiveOf = (entries: ZipEntry[]) => Buffer.concat([...zip(entries)]);
const entry = (name: string, text: string): ZipEntry => ({ name, content: Buffer.from(text) });

describe("a ZIP archive", () => {
  it.skipIf(isMissing(unzip))("is taken by unzip, file by file and byte by byte", () => {
    const folder = mkdtempSync(join(tmpdir(), "pondproof-zip-"));
    const content = fc.uint8Array({ maxLength: 2_000 });
    const files = fc.uniqueArray(content, { maxLength: 20, selector: (bytes) => bytes.length });
    try {
      fc.assert(
        fc.property(files, (contents) => {
          const entries = contents.map((bytes, i) => ({ name: `塘/${i}.bin`, content: bytes }));
          writeFileSync(join(folder, "a.zip"), archiveOf([entry("first", "1"), ...entries]));
          execFileSync(unzip.path!, ["-tq", "a.zip"], { cwd: folder });
          execFileSync(unzip.path!, ["-oq", "a.zip"], { cwd: folder });
          for (const { name, content: bytes } of entries)
            expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true);
        }),
        { numRuns: 5 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is the same bytes for the same files", () => {
    const entries = [entry("a/b.json", "{}"), entry("c", "")];
    expect(archiveOf(entries).equals(archiveOf(entries))).toBe(true);
    expect(archiveOf(entries).readUInt16LE(12)).toBe(0x0021);
  });

  it.each(["../keys", "/etc/passwd", "a//b", "a/./b", "a\\b", "", "x".repeat(300)])(
    "has no file of the name %s",
    (name) => {
      expect(() => archiveOf([entry(name, "")])).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    },
  );
});
