import { describe, expect, it } from "vitest";
import { byDeadline, claimSummary, toWire } from "../../../../portal/server/claims.ts";
import type { ClaimEvent, LedgerClaim } from "../../../../portal/server/ledger-view.ts";
import { timelineOf } from "../../../../portal/server/timeline.ts";
import { makeLedger } from "../fixture/ledger.ts";
import { directory } from "../fixture/story.ts";

async function claimsAndBatches() {
  const ledger = makeLedger();
  const signal = new AbortController().signal;
  return { ledger, batches: await ledger.batches({ limit: 10, signal }) };
}

describe("a claim's timeline", () => {
  it("goes from the breach over every step to the money", async () => {
    const { ledger, batches } = await claimsAndBatches();
    const [paid] = ledger.claimList;
    const stops = timelineOf({ claim: paid!, peril: ledger.policyList[2]!.terms.perils[0]!, batches });
    expect(stops.map(({ kind }) => kind)).toEqual([
      "breach",
      "tier",
      "tier",
      "proven-until",
      "anchored",
      "evaluated",
      "approved",
      "payable",
      "paid",
    ]);
    expect(stops.every(({ reached }) => reached)).toBe(true);
    const times = stops.map(({ timeMs }) => timeMs!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(stops.at(-1)).toMatchObject({
      amount: "600000",
      transaction: { hash: expect.stringMatching(/^0x/) },
    });
  });

  it("shows what lies ahead, with the latest moment where there is one", async () => {
    const { ledger, batches } = await claimsAndBatches();
    const open = ledger.claimList[1]!;
    const stops = timelineOf({ claim: open, peril: ledger.policyList[1]!.terms.perils[0]!, batches });
    expect(stops.slice(-2)).toEqual([
      { kind: "payable", reached: false, timeMs: open.payableFromMs },
      { kind: "paid", reached: false, timeMs: null },
    ]);
  });

  it("promises no time for what fell or is before the arbiter, and no money for what was rejected", async () => {
    const { ledger, batches } = await claimsAndBatches();
    const open = ledger.claimList[1]!;
    const transaction = open.history[0]!.transaction;
    const stopsOf = (state: LedgerClaim["state"], ...since: ClaimEvent[]) => {
      const claim = { ...open, state, history: [...open.history, ...since] };
      const stops = timelineOf({ claim, peril: ledger.policyList[1]!.terms.perils[0]!, batches });
      return stops
        .slice(stops.findIndex(({ kind }) => kind === "evaluated") + 1)
        .map(({ kind, reached, timeMs }) => [kind, reached, timeMs]);
    };
    const fell = { kind: "fell", transaction } as const;
    const ahead = [
      ["payable", false, null],
      ["paid", false, null],
    ];
    expect(stopsOf("disputed")).toEqual(ahead);
    expect(stopsOf("reopened", fell)).toEqual([["fell", true, transaction.timeMs], ...ahead]);
    expect(stopsOf("rejected", fell, { kind: "rejected", transaction })).toEqual([
      ["fell", true, transaction.timeMs],
      ["rejected", true, transaction.timeMs],
    ]);
    expect(stopsOf("evaluated", fell, open.history[0]!)).toEqual([
      ["payable", false, open.payableFromMs],
      ["paid", false, null],
    ]);
  });

  it("names no batch that it does not know", async () => {
    const { ledger } = await claimsAndBatches();
    const stops = timelineOf({
      claim: ledger.claimList[1]!,
      peril: ledger.policyList[1]!.terms.perils[0]!,
      batches: [],
    });
    expect(stops.some(({ kind }) => kind === "anchored")).toBe(false);
  });
});

describe("the queue", () => {
  it("puts the claim that somebody must act on first before those that are done", async () => {
    const { ledger } = await claimsAndBatches();
    const summaries = ledger.claimList.map((claim) =>
      claimSummary(claim, ledger.policyList.find(({ id }) => id === claim.policy)!, directory),
    );
    expect(summaries.sort(byDeadline).map(({ id, state }) => [id, state])).toEqual([
      ["2", "evaluated"],
      ["1", "paid"],
    ]);
    expect(summaries[0]).toMatchObject({
      pond: "east",
      farm: "daochang",
      tier: 1,
      tiers: 4,
      amount: "600000",
    });
  });
});

describe("the wire form", () => {
  it("writes amounts as digits and leaves the rest", () => {
    expect(toWire({ a: 1n, b: [2n, { c: "x", d: null }], e: 3, f: true })).toEqual({
      a: "1",
      b: ["2", { c: "x", d: null }],
      e: 3,
      f: true,
    });
  });
});
