import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAST, newDataDir, startDemo } from "./run-demo.ts";

type Stream = { streamId: string; x: string; y: string };
type Manifest = { streams: { streamId: string; frames: string }[] };

describe("an auditor's tools", { timeout: 120_000 }, () => {
  it("check one reading with openssl alone, and the manifest against the ledger", async () => {
    const folder = await newDataDir();
    const demo = startDemo("--scenario", "tampered-frame", ...FAST, "--hold", "--data", folder);
    const { api, auditorToken } = await demo.result;
    try {
      const get = async (path: string) => {
        const response = await fetch(`${api}/api/v1/${path}`, {
          headers: { authorization: `Bearer ${auditorToken}` },
        });
        expect(response.status).toBe(200);
        return response;
      };
      const streams = (await (await get("streams")).json()) as Stream[];
      const manifest = (await (await get("batches/1/manifest")).json()) as Manifest;
      const first = manifest.streams[0]!;
      const { x, y } = streams.find(({ streamId }) => streamId === first.streamId)!;
      writeFileSync(
        join(folder, "segment.bin"),
        Buffer.from(await (await get(`segments/${first.frames}`)).arrayBuffer()),
      );
      expect(
        execFileSync("bash", ["-ec", OPENSSL], {
          cwd: folder,
          env: { ...process.env, X: x, Y: y },
          encoding: "utf8",
        }),
      ).toContain("Verified OK");

      const refused = await fetch(`${api}/api/v1/streams`);
      expect(refused.status).toBe(401);
    } finally {
      demo.process.kill("SIGTERM");
      await demo.exit;
    }
  });
});

// The commands of docs/audit.md.
const OPENSSL = String.raw`
(printf '\x84\x6aSignature1\x43\xa1\x01\x26\x53pondproof/reading/1\x58\x60'; head -c 96 segment.bin) > signed.bin
R=$(head -c 128 segment.bin | tail -c 32 | xxd -p -c 64); S=$(head -c 160 segment.bin | tail -c 32 | xxd -p -c 64)
printf 'asn1=SEQUENCE:sig\n[sig]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' $R $S > sig.cnf
openssl asn1parse -genconf sig.cnf -noout -out sig.der
(printf '3059301306072a8648ce3d020106082a8648ce3d03010703420004%s%s' ${"$"}{X#0x} ${"$"}{Y#0x} | xxd -r -p) | openssl pkey -pubin -inform DER -out key.pem
openssl dgst -sha256 -verify key.pem -signature sig.der signed.bin
`;
