import type { Ledger } from "../ledger/client.ts";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Beacon } from "../protocol/messages.ts";
import { createPartClient, type PartOptions } from "./part-client.ts";

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

/** Tells a gateway over its HTTP API. */
export function createBeaconClient(gateway: PartOptions): AnnounceBeacon {
  const ask = createPartClient("FEED_UNREACHABLE", gateway);
  return async (beacon, signal) => {
    const told = await ask("/api/v1/beacon", { signal, maxBytes: 0, body: beacon });
    if (told === undefined)
      throw new PondproofError("FEED_UNREACHABLE", { problem: "status 404 to a beacon" });
  };
}
