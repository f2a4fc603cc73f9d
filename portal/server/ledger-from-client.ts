import type { ProveArguments } from "../../ledger/claim-reader.ts";
import type { Ledger } from "../../ledger/client.ts";
import { createEventReader, type LedgerEvent } from "../../ledger/events.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { Hex, Terms } from "../../protocol/terms.ts";
import { type Batch, type ClaimState, POLICY_STATES, type Transaction } from "../api.ts";
import type { ClaimEvent, LedgerClaim, LedgerPolicy, LedgerView, Proof } from "./ledger-view.ts";

const KINDS = [
  "PolicyTerms",
  "BatchAnchored",
  "Convicted",
  "StreamVoided",
  "BatchVoided",
  "ClaimEvaluated",
  "ClaimApproved",
  "ClaimReopened",
  "ClaimRejected",
  "ClaimPayable",
  "ClaimPaid",
  "ClaimsMerged",
] as const;

type Event = LedgerEvent<(typeof KINDS)[number]>;
type ClaimKind = Extract<
  Event["kind"],
  "ClaimEvaluated" | "ClaimApproved" | "ClaimReopened" | "ClaimRejected" | "ClaimPayable" | "ClaimPaid"
>;

/** IClaims.State; one that became a part of another is shown there. */
const CLAIM_STATE_BY_NUMBER: readonly (ClaimState | undefined)[] = [
  undefined,
  "evaluated",
  "payable",
  "paid",
  undefined,
  "disputed",
  "reopened",
  "rejected",
];

/** Anchored batches kept in memory; older ones are in the archive. */
const MAX_BATCHES = 1_000;
const MS_PER_SECOND = 1000;

/** The portal's view of the ledger, kept up to date from its events; it asks for nothing before it is asked. */
export function createLedgerView({ ledger }: { ledger: Ledger }): LedgerView {
  const { Policies, Claims } = ledger.contracts;
  const reader = createEventReader({ ledger, kinds: KINDS });
  const terms = new Map<bigint, Terms>();
  const claims = new Map<bigint, LedgerEvent<ClaimKind>[]>();
  const merged = new Set<bigint>();
  const batches: LedgerEvent<"BatchAnchored">[] = [];
  const convictions: LedgerEvent<"Convicted">[] = [];
  const voids: LedgerEvent<"StreamVoided">[] = [];
  const voidBatches = new Set<number>();
  const times = new Map<number, Promise<number>>();
  const proofs = new Map<Hex, Promise<Proof | null>>();

  const take = (event: Event) => {
    if (event.kind === "PolicyTerms") terms.set(event.policy, event.terms);
    else if (event.kind === "ClaimsMerged") merged.add(event.claim);
    else if (event.kind === "Convicted") convictions.push(event);
    else if (event.kind === "StreamVoided") voids.push(event);
    else if (event.kind === "BatchVoided") voidBatches.add(event.batch);
    else if (event.kind === "BatchAnchored") {
      batches.push(event);
      if (batches.length > MAX_BATCHES) batches.shift();
    } else if (event.kind === "ClaimRejected" && !claims.has(event.claim)) {
      // An audit claim: it rests on no readings, and has no page.
    } else claims.set(event.claim, [...(claims.get(event.claim) ?? []), event]);
  };

  const catchUpOnce = async () => {
    for (;;) {
      const { events, done } = await reader.next();
      for (const event of events) take(event);
      if (done) return;
    }
  };
  let catching: Promise<void> | undefined;
  const catchUp = () => {
    catching ??= catchUpOnce().finally(() => {
      catching = undefined;
    });
    return catching;
  };

  const transactionOf = async ({ place }: Event): Promise<Transaction> => ({
    hash: place.transaction,
    blockNumber: place.block,
    timeMs: await remembered(times, place.block, async () => {
      const block = await ledger.provider.getBlock(place.block);
      if (block === null)
        throw new PondproofError("LEDGER_REFUSED", { problem: "no block", block: place.block });
      return block.timestamp * MS_PER_SECOND;
    }),
  });

  const proofOf = ({ place, policy }: LedgerEvent<"ClaimEvaluated">) =>
    remembered(proofs, place.transaction, async () => {
      const transaction = await ledger.provider.getTransaction(place.transaction);
      const call = transaction && Claims.interface.parseTransaction(transaction);
      if (call?.name !== "prove") return null;
      const [, , , fromMs, toMs, shown] = call.args as unknown as ProveArguments;
      return {
        fromMs: Number(fromMs),
        toMs: Number(toMs),
        batch: Math.max(...shown.map(({ window }) => Number(window.batch))),
        streamIds: shown.flatMap(({ probe }) => terms.get(policy)?.probes[Number(probe)] ?? []),
      };
    });

  const claimEvent = async (event: LedgerEvent<ClaimKind>): Promise<ClaimEvent> => {
    const transaction = await transactionOf(event);
    switch (event.kind) {
      case "ClaimEvaluated": {
        const { fromMs, toMs, payoutBps, amount, payableFrom } = event;
        return {
          kind: "evaluated",
          fromMs,
          toMs,
          payoutBps,
          amount,
          payableFromMs: payableFrom * MS_PER_SECOND,
          proof: await proofOf(event),
          transaction,
        };
      }
      case "ClaimApproved":
        return { kind: "approved", officer: event.officer, amount: event.amount, transaction };
      case "ClaimReopened":
        return { kind: "fell", transaction };
      case "ClaimRejected":
        return { kind: "rejected", transaction };
      case "ClaimPayable":
        return { kind: "payable", amount: event.amount, transaction };
      case "ClaimPaid":
        return { kind: "paid", to: event.to, amount: event.amount, transaction };
    }
  };

  const readClaim = async (id: bigint, events: LedgerEvent<ClaimKind>[]): Promise<LedgerClaim[]> => {
    const claim = await Claims.claim(id);
    const state = CLAIM_STATE_BY_NUMBER[Number(claim.state)];
    if (state === undefined) return [];
    return [
      {
        id,
        policy: claim.policy,
        peril: Number(claim.peril),
        state,
        fromMs: Number(claim.fromMs),
        toMs: Number(claim.toMs),
        payoutBps: Number(claim.payoutBps),
        payableFromMs: Number(claim.payableFrom) * MS_PER_SECOND,
        amount: claim.amount,
        paid: claim.paid,
        history: await Promise.all(events.map(claimEvent)),
      },
    ];
  };

  const readPolicy = async (id: bigint, bound: Terms): Promise<LedgerPolicy> => {
    const [policy, state] = await Promise.all([Policies.policy(id), Policies.state(id)]);
    return {
      id,
      state: POLICY_STATES[Number(state) - 1]!,
      terms: bound,
      coverFromMs: policy.coverFrom === 0n ? null : Number(policy.coverFrom) * MS_PER_SECOND,
      premiumPaid: policy.premiumPaid,
      reserved: policy.reserved,
      paid: policy.paid,
    };
  };

  const readBatch = async (event: LedgerEvent<"BatchAnchored">): Promise<Batch> => {
    const { number, directoryRoot, streamCount, readings, manifest } = event;
    const fallen = voids.filter(
      ({ fromBatch, throughBatch }) => fromBatch <= number && number <= throughBatch,
    );
    const codes = convictions.flatMap(({ batch, code }) => (batch === number ? [code] : []));
    return {
      convicted: [...new Set(codes)],
      voidStreams: voidBatches.has(number)
        ? streamCount
        : new Set(fallen.map(({ streamId }) => streamId)).size,
      number,
      directoryRoot,
      streamCount,
      readings,
      manifest,
      transaction: await transactionOf(event),
    };
  };

  return {
    async policies({ signal }) {
      await catchUp();
      signal.throwIfAborted();
      return Promise.all([...terms].map(([id, bound]) => readPolicy(id, bound)));
    },
    async claims({ signal }) {
      await catchUp();
      signal.throwIfAborted();
      const open = [...claims].filter(([id]) => !merged.has(id));
      return (await Promise.all(open.map(([id, events]) => readClaim(id, events)))).flat();
    },
    async batches({ limit, signal }) {
      await catchUp();
      signal.throwIfAborted();
      return Promise.all(batches.slice(-limit).reverse().map(readBatch));
    },
  };
}

/** What does not change once it is known: asked for once, and again only after a failure. */
function remembered<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  ask: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? ask();
  known.set(key, value);
  value.catch(() => known.delete(key));
  return value;
}
