import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type AnyPassage, flowAttributes } from "../../../../protocol/flow-attributes.ts";
import type { ObservedSpan } from "../../../../telemetry/observed-span.ts";
import { journeyOf, paidReadings } from "../../../../tooling/dataflows/journey.ts";
import { differences, type Observation, rowsOf } from "../../../../tooling/dataflows/observation.ts";
import { bytesInWords } from "../../../../tooling/dataflows/observed-page.ts";
import { documentOf } from "../../../../tooling/dataflows/page.ts";
import { modelNamed } from "./model-files.ts";

const RECORD = fileURLToPath(new URL("../../../../dataflows/observed/fish-farming.json", import.meta.url));
const record = JSON.parse(readFileSync(RECORD, "utf8")) as Observation;
const model = modelNamed("fish-farming");

const REPORTED = {
  activity: "provide-iot-data",
  flow: "report-reading",
  subRole: "service-provider",
  data: "reading",
  action: "stored",
  bytes: 160,
} satisfies AnyPassage;

function spanOf(name: string, facts: Partial<ObservedSpan> = {}): ObservedSpan {
  const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16), parentSpanId: undefined };
  return { ...ids, name, startMs: 1, endMs: 2, attributes: {}, links: [], failed: false, ...facts };
}

const stored = spanOf("report-reading", { attributes: flowAttributes(REPORTED) });

describe("what was observed", () => {
  it("is counted by flow, data, action and role, with its volume", () => {
    expect(rowsOf([stored, stored], model)).toMatchObject([
      { flow: "report-reading", action: "stored", data: "reading", stage: null, count: 2, bytes: 320 },
    ]);
  });

  it("is refused when a span is not in the table", () => {
    const stray = spanOf("carry-away", {
      attributes: { ...stored.attributes, "pondproof.flow": "carry-away" },
    });
    expect(() => rowsOf([stray], model)).toThrow("carry-away");
    expect(() => rowsOf([spanOf("Somewhere.something")], model)).toThrow("Somewhere.something");
  });
});

describe("the comparison with the declared model", () => {
  it("finds nothing in the committed record", () => {
    expect(differences(model, record.rows)).toEqual([]);
  });

  it("names a declared flow that was not observed", () => {
    const rest = record.rows.filter(({ flow }) => flow !== "fetch-weather");
    expect(differences(model, rest)).toEqual([
      "provide-iot-data/fetch-weather is declared, and was not observed",
    ]);
  });

  it("names an observed flow that is not declared, and data and actions that a flow does not declare", () => {
    const [row] = record.rows;
    expect(differences(model, [...record.rows, { ...row!, flow: "carry-away" }])).toEqual([
      "create-insurance-contract/carry-away was observed, and is not declared",
    ]);
    expect(differences(model, [...record.rows, { ...row!, data: "weather", action: "stored" }])).toEqual([
      'create-insurance-contract/issue-money carried "weather", which it does not declare',
      "create-insurance-contract/issue-money: data was stored, which it does not declare",
    ]);
  });
});

describe("a reading's journey", () => {
  const ids = (letter: string) => ({ traceId: letter.repeat(32), spanId: letter.repeat(16) });
  const reading = { "pondproof.reading.seq": 5 };
  const spans = [
    spanOf("collect-payout", { ...ids("c"), startMs: 9 }),
    spanOf("prove-claim", { ...ids("c"), startMs: 7, links: [ids("b")] }),
    spanOf("anchor-batch", { ...ids("b"), startMs: 5 }),
    spanOf("report-reading", { ...ids("a"), startMs: 1, attributes: reading }),
    spanOf("anchor-batch", { ...ids("a"), startMs: 4, attributes: reading, links: [ids("b")] }),
    spanOf("report-reading", { ...ids("d"), startMs: 2, attributes: reading }),
  ];

  it("leads by links to its batch, to the claim that was proven from it, and to the payment", () => {
    const { spans: way, traceIds } = journeyOf(spans, ids("a").traceId);
    expect(way.map(({ name, startMs }) => `${startMs} ${name}`)).toEqual([
      "1 report-reading",
      "4 anchor-batch",
      "5 anchor-batch",
      "7 prove-claim",
      "9 collect-payout",
    ]);
    expect(traceIds).toEqual(["a", "b", "c"].map((letter) => ids(letter).traceId));
  });

  it("ends early for a reading that no payment rests on", () => {
    expect(paidReadings(spans)).toEqual([ids("a").traceId]);
    expect(journeyOf(spans, ids("d").traceId).spans.map(({ name }) => name)).toEqual(["report-reading"]);
  });
});

describe("the observed half of the document", () => {
  const place = { page: "docs/data-flows.md", drawings: "docs/data-flows", source: "x" };
  const page = documentOf(model, { ...place, observation: record })[place.page]!;

  it("leaves nothing to be observed, and counts every activity", () => {
    expect(page).not.toContain("not yet observed");
    expect(page.match(/\d+ passages, /g)).toHaveLength(4 + 4);
  });

  it("shows a transaction's five stages, and a way that ends with a payment", () => {
    for (const stage of ["S1", "S2", "S3", "S4", "S5"])
      expect(page).toMatch(new RegExp(`^\\| ${stage} \\|`, "m"));
    expect(page).toMatch(/One reading, from the probe to the payment[\s\S]*payment-to-farmer/);
  });

  it("says volumes in three digits", () => {
    expect([0, 999, 1_234, 1_728_000].map(bytesInWords)).toEqual(["0 B", "999 B", "1.23 kB", "1.73 MB"]);
  });
});
