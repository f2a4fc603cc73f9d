import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Overview, Problem } from "../../../../../portal/api.ts";
import { toHex } from "../../../../../protocol/bytes.ts";
import { BUNDLE, blobName, decodeBundledClaim, rangeOfProof } from "../../../../../protocol/claim-bundle.ts";
import { sha256 } from "../../../../../protocol/hash.ts";
import { isMissing, unzip } from "../../../../real-components.ts";
import { windows } from "../../fixture/story.ts";
import { eventually, startWorld } from "../../fixture/world.ts";

type World = Awaited<ReturnType<typeof startWorld>>;

describe("a claim's evidence bundle", () => {
  let world: World;
  let folder: string;
  const path = "/api/v1/claims/1/evidence.zip";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pondproof-bundle-"));
    world = await startWorld();
    await eventually(
      async () => (await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview,
      ({ tick }) => Object.values(tick.sources).every(({ up }) => up),
    );
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const download = async () => Buffer.from(await (await world.as("auditor")(path)).arrayBuffer());

  it.skipIf(isMissing(unzip))("holds proofs, raw frames under their hash, terms and a page", async () => {
    const response = await world.as("auditor")(path);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="claim-1-evidence.zip"');
    writeFileSync(join(folder, "a.zip"), Buffer.from(await response.arrayBuffer()));
    execFileSync(unzip.path!, ["-q", "a.zip"], { cwd: folder });
    const root = join(folder, "claim-1");
    const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8")) as unknown;

    const { claim, evaluation } = decodeBundledClaim(read(BUNDLE.claim));
    expect({ claim, ...evaluation }).toMatchObject({ claim: "1", batch: 2, ...windows.canal });
    for (const streamId of evaluation.streamIds)
      expect(rangeOfProof(read(BUNDLE.proof(streamId)))).toMatchObject({ streamId, batch: 2 });
    const blobs = readdirSync(join(root, "blobs"), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(blobs.length).toBeGreaterThan(evaluation.streamIds.length);
    for (const { name } of blobs)
      expect(toHex(sha256(readFileSync(join(root, blobName(name))))).slice(2)).toBe(name);
    expect(read(BUNDLE.streams)).toHaveLength(evaluation.streamIds.length);
    expect(read(BUNDLE.terms)).toMatchObject({ id: "3", terms: { sumInsured: "1500000" } });
    expect((read(BUNDLE.transactions) as { what: string }[]).map(({ what }) => what)).toEqual([
      "anchored",
      "evaluated",
      "approved",
      "payable",
      "paid",
    ]);
    const page = readFileSync(join(root, BUNDLE.page), "utf8");
    expect(page).toContain("npm run verify -- --rpc http://YOUR-NODE:8545 --claim claim-1");
    expect(page).toContain("自己验证");
    expect(page).not.toMatch(/<script|javascript:|https?:\/\/(?!YOUR)/);
  });

  it("is the same file whenever it is fetched", async () => {
    expect((await download()).equals(await download())).toBe(true);
  });

  it.each([
    ["/api/v1/claims/99/evidence.zip", 404, "unknown-claim"],
    ["/api/v1/claims/1e9/evidence.zip", 400, "bad-request"],
    ["/api/v1/claims/..%2f..%2fkeys/evidence.zip", 400, "bad-request"],
    ["/api/v1/claims/123456789012345678901/evidence.zip", 400, "bad-request"],
  ])("answers %s with %i and one clear problem", async (asked, status, code) => {
    const response = await world.as("auditor")(asked);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect({ status: response.status, code: ((await response.json()) as Problem).code }).toEqual({
      status,
      code,
    });
  });

  it("is none while the archive does not answer", async () => {
    const nobody = { url: "http://127.0.0.1:9", token: "none" };
    await using other = await startWorld({ oracle: nobody });
    const answer = await eventually(
      async () => (await (await other.as("auditor")(path)).json()) as Problem,
      ({ code }) => code !== "unknown-claim",
    );
    expect(answer).toMatchObject({ status: 502, code: "upstream-down" });
  });
});
