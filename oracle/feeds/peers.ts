import type { SignedReport } from "../../ledger/feeds.ts";
import type { Hex } from "../../protocol/terms.ts";
import { createPartClient, type PartOptions } from "../part-client.ts";
import { field } from "./observation.ts";
import type { FeedTime } from "./report-book.ts";

/** Another reporter, who is asked what he signed. */
export type Peer = {
  readonly url: string;
  /** His report of a time, as he sends it: whether he may report, the caller must see; `undefined` where he has none. */
  report(of: FeedTime, signal: AbortSignal): Promise<SignedReport | undefined>;
};

const MOST_BYTES = 4_096;

/** A reporter at an address. @throws FEED_UNREACHABLE where he does not answer, or with something else */
export function createPeer(part: PartOptions): Peer {
  const ask = createPartClient("FEED_UNREACHABLE", part);
  return {
    url: part.url,
    async report({ feed, observedAtS }, signal) {
      const body = await ask(`/api/v1/reports/${feed}/${observedAtS}`, { signal, maxBytes: MOST_BYTES });
      return body === undefined ? undefined : parseReport(body, { feed, observedAtS });
    },
  };
}

/** A report of the time that was asked for; anything else is none. */
function parseReport(body: Uint8Array, { feed, observedAtS }: FeedTime): SignedReport | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Not JSON is no report, like any other form that is none.
    return undefined;
  }
  const [value, answer, signature] = [field(json, "value"), field(json, "answer"), field(json, "signature")];
  if (typeof value !== "number" || Math.abs(value) > 2_000_000) return undefined;
  if (!isHex(answer, 32) || !isHex(signature, 65)) return undefined;
  return { feed, observedAtS, value, answer, signature };
}

function isHex(value: unknown, bytes: number): value is Hex {
  return typeof value === "string" && new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`).test(value);
}
