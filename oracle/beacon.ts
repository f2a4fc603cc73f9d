import type { Ledger } from "../ledger/client.ts";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Beacon } from "../protocol/messages.ts";

/** Tells a gateway a block of the ledger. */
export type AnnounceBeacon = (beacon: Beacon, signal: AbortSignal) => Promise<void>;

/** A record is at least as young as the block that it names; each announcement is a write on the gateway's card. */
const EVERY_MS = 300_000;

/**
 * Announces the newest block from time to time. One that a re-organisation takes back is followed by another.
 * @throws LEDGER_UNREACHABLE, FEED_UNREACHABLE
 */
export function createBeaconTurn({
  getLedger,
  announce,
  clock,
}: {
  getLedger: () => Promise<Pick<Ledger, "head">>;
  announce: AnnounceBeacon;
  clock: Pick<Clock, "now">;
}): (signal: AbortSignal) => Promise<"idle"> {
  let announcedAtMs: number | undefined;
  return async (signal) => {
    const nowMs = clock.now();
    if (announcedAtMs !== undefined && Math.abs(nowMs - announcedAtMs) < EVERY_MS) return "idle";
    const { number, hash } = await (await getLedger()).head();
    await announce({ number, hash }, signal);
    announcedAtMs = nowMs;
    return "idle";
  };
}

/**
 * Tells a gateway over its HTTP API.
 * @param options.url the gateway's address, without a path
 */
export function createBeaconClient({
  url,
  token,
  timeoutMs = 10_000,
}: {
  url: string;
  token: string;
  timeoutMs?: number;
}): AnnounceBeacon {
  return async (beacon, signal) => {
    let status: number;
    try {
      const response = await fetch(new URL("/api/v1/beacon", url), {
        method: "PUT",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(beacon),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.body?.cancel();
      ({ status } = response);
    } catch (cause) {
      signal.throwIfAborted();
      throw new PondproofError("FEED_UNREACHABLE", { problem: "no answer to a beacon" }, { cause });
    }
    if (status !== 204)
      throw new PondproofError("FEED_UNREACHABLE", { problem: `status ${status} to a beacon` });
  };
}
