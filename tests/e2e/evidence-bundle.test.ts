import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { connectLedger } from "../../ledger/client.ts";
import { parseDeployment } from "../../ledger/deployment.ts";
import type { ClaimReport } from "../../oracle/verify-claim.ts";
import type { ClaimSummary } from "../../portal/api.ts";
import { createLedgerBooks } from "../../portal/server/ledger-books.ts";
import { createLedgerView } from "../../portal/server/ledger-from-client.ts";
import { createPortal } from "../../portal/server/portal.ts";
import { isMissing, unzip } from "../real-components.ts";
import { makeStanding, signIn } from "../unit/portal/fixture/people.ts";
import { directory } from "../unit/portal/fixture/story.ts";
import { eventually } from "../unit/portal/fixture/world.ts";
import { FAST, newDataDir, startDemo } from "./run-demo.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STORY_MS = 180_000;

/** Runs the command that the bundle's page names. */
function verify(rpc: string, bundle: string): { code: number | null; report: ClaimReport | undefined } {
  const args = ["oracle/verify-main.ts", "--rpc", rpc, "--claim", bundle, "--json"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  return { code: status, report: stdout === "" ? undefined : (JSON.parse(stdout) as ClaimReport) };
}

/** Changes one bit of a file while `body` runs. */
function withAltered<T>(file: string, at: number, body: () => T): T {
  const good = readFileSync(file);
  const altered = Buffer.from(good);
  altered[at]! ^= 1;
  writeFileSync(file, altered);
  try {
    return body();
  } finally {
    writeFileSync(file, good);
  }
}

describe.skipIf(isMissing(unzip))("the evidence bundle of a paid claim", { timeout: 2 * STORY_MS }, () => {
  it("is verified against the chain by one command, and not with one bit changed", async () => {
    const folder = await newDataDir();
    const demo = startDemo(
      "--scenario",
      "aerator-failure",
      ...FAST,
      "--hold",
      "--data",
      join(folder, "demo"),
    );
    const { api, rpc, auditorToken } = await demo.result;
    const archive = { url: api!, token: auditorToken! };
    const answer = await fetch(`${api}/api/v1/deployment`, {
      headers: { authorization: `Bearer ${auditorToken}` },
    });
    const ledger = await connectLedger({ deployment: parseDeployment(await answer.json()) });
    const portal = createPortal({
      port: 0,
      gateway: archive,
      oracle: archive,
      ledger: createLedgerView({ ledger }),
      books: createLedgerBooks({ ledger }),
      standing: makeStanding(),
      chainId: ledger.deployment.chainId,
      directory: { ...directory, ponds: [] },
      clock: { now: () => Date.now() },
      log: pino({ level: "silent" }),
    });
    try {
      const { url } = await portal.start();
      const headers = await signIn(url, "auditor");
      const claims = await eventually(
        async () => (await (await fetch(`${url}/api/v1/claims`, { headers })).json()) as ClaimSummary[],
        (known) => known.some(({ state }) => state === "paid"),
      );
      const { id } = claims.find(({ state }) => state === "paid")!;
      const download = await fetch(`${url}/api/v1/claims/${id}/evidence.zip`, { headers });
      expect(download.status, await download.clone().text()).toBe(200);
      writeFileSync(join(folder, "a.zip"), Buffer.from(await download.arrayBuffer()));
      execFileSync(unzip.path!, ["-q", "a.zip"], { cwd: folder });
      const bundle = join(folder, `claim-${id}`);

      const { code, report } = verify(rpc!, bundle);
      expect({ code, state: report?.state }, JSON.stringify(report)).toEqual({ code: 0, state: "verified" });
      expect(report!.steps.every(({ state }) => state.status === "ok")).toBe(true);

      const blobs = readdirSync(join(bundle, "blobs"), { recursive: true, encoding: "utf8" })
        .map((name) => join(bundle, "blobs", name))
        .filter((path) => /[0-9a-f]{64}$/.test(path));
      const proof = join(bundle, "proofs", readdirSync(join(bundle, "proofs"))[0]!);
      const digit = readFileSync(proof, "utf8").indexOf('"walk"') + 200;
      expect(withAltered(blobs[0]!, 40, () => verify(rpc!, bundle).code)).toBe(2);
      expect(withAltered(proof, digit, () => verify(rpc!, bundle).code)).toBe(1);
      expect(verify(rpc!, bundle).code).toBe(0);
      expect(existsSync(join(bundle, "index.html"))).toBe(true);
    } finally {
      await portal.stop();
      ledger.close();
      demo.process.kill("SIGTERM");
      await demo.exit;
    }
  });
});
