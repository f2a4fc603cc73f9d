import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { opensslLines } from "../unit/oracle/openssl-lines.ts";
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
        execFileSync("bash", ["-ec", opensslLines()], {
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
