import type { ShownProbe } from "../ledger/claims.ts";
import { writeUint } from "../protocol/bytes.ts";
import { SOURCE } from "../protocol/terms.ts";
import type { ClaimProof } from "./claim-proof.ts";
import type { FeedBook } from "./feed-book.ts";
import type { CoveredPolicy } from "./policy-watch.ts";
import { weatherWindows } from "./weather-windows.ts";

/** What the claim contract wants to see of every window of weather that pays under a policy. */
export function weatherProofs(policy: CoveredPolicy, feeds: Pick<FeedBook, "seriesOf">): ClaimProof[] {
  const { terms, coverFromS, fromMs, toMs } = policy;
  const cover = {
    coverFromMs: 1000 * coverFromS,
    endsAtMs: 1000 * terms.endsAt,
    termsMs: { from: fromMs, to: toMs },
  };
  return terms.perils.flatMap(({ source, metric }, peril) =>
    terms.probes.flatMap((feed, probe) => {
      const series = source === SOURCE.feed ? feeds.seriesOf(feed) : undefined;
      if (series?.metric !== metric) return [];
      return weatherWindows(series, terms, { peril, ...cover }).map(({ beforeS, ...window }) => ({
        ...window,
        peril,
        shown: [shownFeed(probe, beforeS)],
      }));
    }),
  );
}

/** A feed in the place of a probe, with the time of the observation before the window. */
function shownFeed(probe: number, beforeS: number): ShownProbe {
  const before = new Uint8Array(5);
  writeUint(before, 0, 5, beforeS);
  return { probe, window: { feed: true }, earlier: undefined, before };
}
