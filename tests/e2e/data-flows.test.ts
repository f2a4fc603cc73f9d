import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACTORS, actorKey } from "../../demo/keys.ts";
import { directoryOfRun, type ObservedRun, observeRun } from "../../demo/observed/observed-run.ts";
import { FARMER } from "../../demo/observed/people.ts";
import type { Run } from "../../demo/run.ts";
import { addressOfKey } from "../../ledger/client.ts";
import { ACTIVITIES } from "../../protocol/flows.ts";
import { journeyOf, paidReadings } from "../../tooling/dataflows/journey.ts";
import {
  differences,
  type Observation,
  type ObservedRow,
  rowKey,
  rowsOf,
} from "../../tooling/dataflows/observation.ts";
import { modelNamed } from "../unit/tooling/dataflows/model-files.ts";

const RECORD = fileURLToPath(new URL("../../dataflows/observed/fish-farming.json", import.meta.url));
/** A minute on a free machine. */
const LONG_MS = 600_000;

/** Everything of a run that others can read, as text, by where it lies; what is binary there as hex. */
type Readable = { ledger: string; log: string; spans: string; exports: string };

const model = modelNamed("fish-farming");
let dir: string;
let run: ObservedRun;
let rows: ObservedRow[];
let readable: Readable;
let personal: string[];
let secrets: string[];
let farmerAddress: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "pondproof-flows-"));
  let ledger = "";
  run = await observeRun({
    dataDir: dir,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    async whileUp(running) {
      ledger = await ledgerText(running);
      personal = personalDataOf(running);
      secrets = secretsOf(running, dir);
      farmerAddress = addressOfKey(actorKey(running.dataDir.secret, "farmer-huzhou"));
    },
  });
  rows = rowsOf(run.spans, model);
  readable = {
    ledger,
    log: readFileSync(join(dir, "log.jsonl"), "utf8"),
    spans: JSON.stringify(run.spans),
    exports: [...run.exports].flat().join("\n"),
  };
}, LONG_MS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("the data flows of a run", () => {
  it("are exactly those of the declared model", () => {
    expect(differences(model, rows)).toEqual([]);
  });

  it("lack something declared as soon as one activity does not happen", () => {
    for (const activity of Object.keys(ACTIVITIES)) {
      const rest = rows.filter((row) => row.activity !== activity);
      expect(differences(model, rest)[0]).toMatch(
        new RegExp(`^${activity}/.* is declared, and was not observed`),
      );
    }
  });

  it("are those that the committed record counts", () => {
    const record = JSON.parse(readFileSync(RECORD, "utf8")) as Observation;
    expect(rows.map(rowKey).sort()).toEqual(record.rows.map(rowKey).sort());
  });

  it("take one reading from the probe to the payment, and to the farmer who reads of it", () => {
    // An acknowledgement is observed with the newest reading that it names, so not every reading has one of its own.
    const acknowledged = new Set(
      run.spans.filter(({ name }) => name === "acknowledge-reading").map(({ traceId }) => traceId),
    );
    const reading = paidReadings(run.spans).find((traceId) => acknowledged.has(traceId));
    const { spans } = journeyOf(run.spans, reading!);
    const flows = [...new Set(spans.map(({ name }) => name))];
    const way = [
      "report-reading",
      "hand-on-reading",
      "anchor-batch",
      "agree-on-batch",
      "prove-claim",
      "agree-on-claim",
      "approve-claim",
      "collect-payout",
      "agree-on-payment",
    ];
    expect(flows.filter((flow) => way.includes(flow))).toEqual(way);
    expect(flows).toContain("acknowledge-reading");
    expect(flows).toContain("readings-to-watcher");
    expect(flows).toContain("claim-to-farmer");
    expect(flows).toContain("payment-to-farmer");
    const start = spans.find(({ parentSpanId }) => parentSpanId === undefined)!;
    expect(start.name).toBe("report-reading");
  });

  it("show every stage of a transaction, in order, as the node reports it", () => {
    const [reading] = paidReadings(run.spans);
    const proof = journeyOf(run.spans, reading!).spans.filter(
      ({ attributes }) => attributes["pondproof.transaction.call"] === "Claims.prove",
    );
    const startOf = (stage: string) =>
      proof.find(({ attributes }) => attributes["pondproof.transaction.stage"] === stage)!;
    expect(startOf("S1").startMs).toBeLessThanOrEqual(startOf("S2").startMs);
    expect(startOf("S2").endMs).toBeLessThanOrEqual(startOf("S3").endMs);
    expect(startOf("S3").attributes["pondproof.transaction.block"]).toBeGreaterThan(0);
    expect(startOf("S4").attributes["pondproof.transaction.gas_used"]).toBeGreaterThan(100_000);
    expect(startOf("S5").startMs).toBeGreaterThanOrEqual(startOf("S4").startMs);
  });
});

describe("what anybody can read of a run", () => {
  it("was read whole: what is public is found where it belongs", () => {
    expect(readable.ledger).toContain(farmerAddress.slice(2).toLowerCase());
    expect(readable.log).toContain("huzhou");
    expect(readable.spans).toContain("report-reading");
    expect(readable.exports).toContain("oxygen");
    expect(personal.length).toBeGreaterThan(8);
    expect(secrets.length).toBeGreaterThan(20);
  });

  it("has no personal datum that was entered", () => {
    for (const [where, text] of Object.entries(readable))
      expect(
        personal.filter((datum) => holds(text, datum)),
        where,
      ).toEqual([]);
  });

  it("has no key and no token", () => {
    for (const [where, text] of Object.entries(readable))
      expect(secrets.filter((secret) => holds(text, secret)).length, where).toBe(0);
  });
});

/** Whether a text stands in another: as it is, in an archive's bytes, or as its bytes in hex. */
function holds(text: string, what: string): boolean {
  const bytes = Buffer.from(what);
  return [what, bytes.toString("latin1"), bytes.toString("hex")].some((form) => text.includes(form));
}

/** All calldata and all events since the first block. */
async function ledgerText({ chain }: Run): Promise<string> {
  const head = Number(await chain.call<string>("eth_blockNumber", []));
  const parts: string[] = [];
  for (let number = 0; number <= head; number++) {
    const block = await chain.call<{ transactions: { input: string; from: string; to: string | null }[] }>(
      "eth_getBlockByNumber",
      [`0x${number.toString(16)}`, true],
    );
    parts.push(...block.transactions.flatMap(({ input, from, to }) => [input, from, to ?? ""]));
  }
  const logs = await chain.call<{ data: string; topics: string[] }[]>("eth_getLogs", [
    { fromBlock: "0x0", toBlock: "latest" },
  ]);
  parts.push(...logs.flatMap(({ data, topics }) => [data, ...topics]));
  return parts.join("\n").toLowerCase();
}

/** What the farmer said of himself, and every name that the portal's directory was given; the shortest are words that a text may hold anyway. */
function personalDataOf(run: Run): string[] {
  const { farms, ponds } = directoryOfRun(run);
  const names = [...farms, ...ponds].flatMap(({ name }) => [name.en, name.zh]);
  return [...names.filter((name) => Buffer.byteLength(name) >= 6), ...Object.values(FARMER)];
}

/** Every key and token of the run, in the forms in which one might be written. */
function secretsOf({ dataDir, tokens }: Run, dir: string): string[] {
  const keys = ACTORS.map((actor) => actorKey(dataDir.secret, actor).slice(2));
  const secret = Buffer.from(dataDir.secret);
  const pems = readdirSync(join(dir, "keys")).map((name) => readFileSync(join(dir, "keys", name), "utf8"));
  const bodies = pems.flatMap((pem) =>
    pem.split("\n").filter((line) => line.length > 40 && !line.startsWith("-")),
  );
  return [...keys, ...Object.values(tokens), secret.toString("hex"), secret.toString("base64"), ...bodies];
}
