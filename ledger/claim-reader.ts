import { fromHex } from "../protocol/bytes.ts";
import type { ChainReader } from "../protocol/claim-check.ts";
import type { Hex } from "../protocol/terms.ts";
import { readBatch } from "./batches.ts";
import type { Ledger } from "./client.ts";
import { readEvents } from "./events.ts";

const MS_PER_SECOND = 1000;

/** Arguments of `prove`, as far as who reads a claim needs them. */
export type ProveArguments = [
  policy: bigint,
  terms: unknown,
  peril: bigint,
  fromMs: bigint,
  toMs: bigint,
  evidence: { probe: bigint; window: { batch: bigint } }[],
];

/** What a check of a claim asks, of a ledger that is connected; the events are read once. @throws (from calls) LEDGER_* */
export function createClaimReader(ledger: Ledger): ChainReader {
  const { Policies, Claims } = ledger.contracts;
  let events: ReturnType<typeof read> | undefined;
  const read = () => readEvents({ ledger, kinds: ["PolicyTerms", "ClaimEvaluated"] });
  const known = () => {
    events ??= read();
    return events;
  };

  return {
    chainId: async () => ledger.deployment.chainId,
    async batch(number) {
      const batch = await readBatch(ledger, number);
      return (
        batch && {
          directoryRoot: fromHex(batch.directoryRoot, 32),
          streamCount: batch.streamCount,
          anchoredAtMs: batch.anchoredAtS * MS_PER_SECOND,
        }
      );
    },
    async policy(id) {
      const bound = (await known()).find((event) => event.kind === "PolicyTerms" && event.policy === id);
      if (bound?.kind !== "PolicyTerms") return undefined;
      const { coverFrom } = await Policies.policy(id);
      return { terms: bound.terms, coverFromMs: Number(coverFrom) * MS_PER_SECOND };
    },
    async evaluated(claim) {
      const said = (await known()).flatMap((event) =>
        event.kind === "ClaimEvaluated" && event.claim === claim ? [event] : [],
      );
      const last = said.at(-1);
      if (last === undefined) return undefined;
      const { policy, peril, payoutBps, amount } = last;
      const first = said.find((event) => event.payoutBps === payoutBps)!;
      return { policy, peril, payoutBps, amount, transaction: first.place.transaction };
    },
    async proved(hash: Hex) {
      const transaction = await ledger.provider.getTransaction(hash);
      const call = transaction && Claims.interface.parseTransaction(transaction);
      if (call?.name !== "prove") return undefined;
      const [, , , fromMs, toMs, shown] = call.args as unknown as ProveArguments;
      return {
        fromMs: Number(fromMs),
        toMs: Number(toMs),
        shown: shown.map(({ probe, window }) => ({ probe: Number(probe), batch: Number(window.batch) })),
      };
    },
  };
}
