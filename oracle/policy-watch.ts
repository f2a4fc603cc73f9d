import { fromHex } from "../protocol/bytes.ts";
import { SOURCE } from "../protocol/terms.ts";
import type { Breach } from "./breach.ts";
import type { ClaimBook, PolicyView } from "./claim-book.ts";
import type { Store } from "./store.ts";
import { createWatch, type Watch } from "./watch.ts";

/** Batches that are taken in at once while a backlog is worked off. */
const BATCHES_AT_ONCE = 100;

/** A policy in force. */
export type CoveredPolicy = PolicyView & { coverFromS: number };

/** Windows that pay under one policy: the peril's index, and the readings behind the window by probe shown. */
export type FoundBreach = { peril: number; breach: Breach & { after: number[] } };

/** Follows the anchored readings of a policy's probes. */
export type PolicyWatch = {
  readonly policy: CoveredPolicy;
  /** Takes what was anchored since, and tells whether there is more at once. */
  advance(): boolean;
  /** What pays now; nothing while nothing has come since the last `prune`. */
  breaches(): FoundBreach[];
  /** Forgets what no later window can need, once its windows were dealt with. */
  prune(): void;
};

/** The watch of a policy's stream perils, from the beginning of cover. */
export function createPolicyWatch({
  policy,
  book,
  store,
}: {
  policy: CoveredPolicy;
  book: Pick<ClaimBook, "serviceOf">;
  store: Store;
}): PolicyWatch {
  const { terms, coverFromS } = policy;
  const coverFromMs = coverFromS * 1000;
  const streamIds = terms.probes.map((id) => fromHex(id, 32));
  const nextSeqs = streamIds.map((id) => {
    const stream = store.streams.find(id);
    return stream === undefined ? 0 : store.streams.firstAt(stream, coverFromMs);
  });
  const watches = terms.perils.flatMap((peril, i): { peril: number; watch: Watch }[] => {
    if (peril.source !== SOURCE.stream) return [];
    const { minSensors, allowedFlags, endsAt, anchorWithinSeconds } = terms;
    const termsMs = { from: policy.fromMs, to: policy.toMs };
    const rules = { peril, minSensors, allowedFlags, coverFromMs, endsAtMs: endsAt * 1000, termsMs };
    const watch = createWatch({ rules, anchorWithinMs: anchorWithinSeconds * 1000, firstSeqs: nextSeqs });
    return [{ peril: i, watch }];
  });
  let taken = 0;
  let changed = false;

  const takeProbe = (probe: number, batch: number): void => {
    const stream = store.streams.find(streamIds[probe]!);
    if (stream === undefined) return;
    const from = nextSeqs[probe]!;
    const size = store.batches.sizeAt(stream.device, batch);
    if (size <= from) return;
    const positions = store.streams.positions(stream.device, { from, to: size - 1 });
    for (const { watch } of watches) {
      watch.setService(probe, book.serviceOf(terms.probes[probe]!, terms.pond));
      watch.take(probe, positions);
    }
    nextSeqs[probe] = size;
    changed = true;
  };

  return {
    policy,
    advance() {
      const anchored = store.batches.lastAnchored();
      if (taken >= anchored) return false;
      taken = Math.min(anchored, taken + BATCHES_AT_ONCE);
      for (const probe of streamIds.keys()) takeProbe(probe, taken);
      return taken < anchored;
    },
    breaches() {
      if (!changed) return [];
      return watches.flatMap(({ peril, watch }) => watch.breaches().map((breach) => ({ peril, breach })));
    },
    prune() {
      changed = false;
      for (const { watch } of watches) watch.prune();
    },
  };
}
