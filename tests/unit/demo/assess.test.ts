import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeDeployment } from "../../../ledger/deployment.ts";
import { readEvents } from "../../../ledger/events.ts";
import { makeKey } from "../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../ledger/chain.ts";
import { HOUR_MS, insurePond } from "../oracle/policy.ts";
import { DAY_MS, defineHeatFeed, HEAT, HEAT_FEED, midnightFrom, postDay } from "../oracle/weather.ts";
import { createMemoryFeed, registerProbes, startOracle } from "../oracle/world.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "assess-"));
const sha256 = (path: string) => `0x${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
const GENESIS_MS = Date.UTC(2026, 5, 1);

type Said = { html: string; pdf: string; sha256: string; pdfSha256: string; transaction?: string };

async function assess(...args: string[]): Promise<Said> {
  const { stdout } = await run(process.execPath, ["demo/assess.ts", ...args], { cwd: root });
  return JSON.parse(stdout) as Said;
}

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await writeDeployment(join(dir, "deployment.json"), chain.deployment);
  writeFileSync(join(dir, "key"), keyOf("insurer"));
});
afterAll(async () => {
  await chain.close();
  rmSync(dir, { recursive: true });
});

/** Ten days of half-hourly readings with one night of three hours below 2 mg/L. */
function recording(): string[] {
  const path = join(dir, "pond.csv");
  const lines = Array.from({ length: 480 }, (_, i) => {
    const at = new Date(Date.UTC(2025, 6, 1) + i * 1_800_000).toISOString();
    return `${at},${i >= 200 && i <= 206 ? 1.2 : 6}`;
  });
  writeFileSync(path, ["at,DO", ...lines].join("\n"));
  return ["--data", path, "--map", "time=at,oxygen=DO"];
}

describe("the insurance assessment report", { timeout: 120_000 }, () => {
  const recordArgs = [
    "--record",
    "--key-file",
    join(dir, "key"),
    "--deployment",
    join(dir, "deployment.json"),
  ];

  it("of a quote has the same bytes every time, says all five things, and its hash is on the ledger", async () => {
    const product = ["--product", "demo/products/largemouth-bass.json"];
    const quote = ["--quote", "7", ...recording(), ...product, "--pond", "demo/products/example-pond.json"];
    const first = await assess(...quote, "--out", join(dir, "a"), ...recordArgs);
    const again = await assess(...quote, "--out", join(dir, "b"));
    expect([again.sha256, again.pdfSha256]).toEqual([first.sha256, first.pdfSha256]);
    expect([sha256(first.html), sha256(first.pdf)]).toEqual([first.sha256, first.pdfSha256]);
    // What is pinned here holds on every machine; another report is another commit.
    expect(first.pdfSha256).toMatchInlineSnapshot(
      `"0x8b876424a37bd9d01b61087c06e79389102c03b13854fe858d7c357be4558380"`,
    );
    expect(first.sha256).toMatchInlineSnapshot(
      `"0xd7185f9b49d3e69933a9c2af0644f5b03aee10c3e785b3c6cdd75aff7ee77cd9"`,
    );

    const html = readFileSync(first.html, "utf8");
    for (const heading of ["Insured value", "Risk and premium", "Evidence", "Weather", "Recommendation"])
      expect(html).toContain(`<h2>${heading} `);
    expect(html).toContain("谨慎承保");
    expect(html).not.toContain("<script");
    expect(readFileSync(first.pdf).subarray(0, 5).toString()).toBe("%PDF-");

    const ledger = await chain.connect("farmer");
    expect(await readEvents({ ledger, kinds: ["DocumentRecorded"] })).toMatchObject([
      { subject: 0, number: 7n, document: first.sha256 },
    ]);
    ledger.close();
  });

  it("of a claim tells what the ledger knows of it, with the weather of its days", async () => {
    const keys = [makeKey("deep"), makeKey("shallow")];
    await registerProbes(chain, keys);
    await defineHeatFeed(chain);
    const policy = { keys, perils: [HEAT], feeds: [HEAT_FEED] };
    const startsAtMs = 1000 * Math.ceil((GENESIS_MS + HOUR_MS) / 1000);
    await chain.mineAt(startsAtMs - 60_000);
    const insured = await insurePond(chain, { ...policy, startsAtMs });
    const oracle = await startOracle(chain, {
      feed: createMemoryFeed(),
      dir: join(dir, "oracle"),
      agentKey: keyOf("agent"),
    });
    const firstMs = midnightFrom(insured.coverFromMs);
    for (const [i, value] of [35, 37, 38].entries())
      await postDay(chain, { atMs: firstMs + i * DAY_MS, value });
    await vi.waitFor(() => expect(oracle.status().agent).toMatchObject({ proven: 1 }), { timeout: 30_000 });
    await oracle.stop();

    const claim = ["--claim", "1", "--deployment", join(dir, "deployment.json"), "--out", join(dir, "c")];
    const first = await assess(...claim);
    const again = await assess(...claim);
    expect([again.sha256, again.pdfSha256]).toEqual([first.sha256, first.pdfSha256]);
    const html = readFileSync(first.html, "utf8");
    expect(html).toContain("1000.00");
    expect(html).toContain("38 °C");
    expect(html).toContain("Approve: the ledger");
    await expect(assess(...claim.with(1, "99"))).rejects.toMatchObject({ code: 2 });
  });

  it("names every mistake of its arguments at once", async () => {
    await expect(assess("--claim", "x", "--record")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--out is missing.*--deployment is missing.*--key-file/s),
    });
  });
});
