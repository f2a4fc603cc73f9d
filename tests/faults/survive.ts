import { setTimeout as sleep } from "node:timers/promises";
import { type Counts, countReadings } from "./count.ts";
import { type BrokerKind, prepareSite, type Site } from "./site.ts";

const SETTLE_MS = 120_000;
const LOOK_MS = 100;

/** `recoveryMs`: from the last reading to the ledger's knowing all of them. */
export type Survival = Counts & { recoveryMs: number };

/**
 * Runs a whole system in `folder`, lets `act` do to it what it will, and counts what came through.
 * @throws Error when the system does not come to rest
 */
export async function survive({
  folder,
  periodMs,
  broker = "embedded",
  act,
}: {
  folder: string;
  periodMs: number;
  broker?: BrokerKind;
  act: (site: Site) => Promise<void>;
}): Promise<Survival> {
  const site = await prepareSite(folder, { periodMs, broker });
  const { parts, delivery, cables } = site;
  try {
    for (const part of Object.values(parts).reverse()) await part.start();
    await untilStatus(site, ({ anchored }) => anchored > 0);
    await act(site);
    await parts.reader.kill();
    const startedMs = performance.now();
    await delivery.start();
    await within(delivery.ended(), "the probes' last readings were not acknowledged");
    await untilAtRest(site);
    const recoveryMs = Math.round(performance.now() - startedMs);
    return { ...(await countReadings(site)), recoveryMs };
  } finally {
    await delivery.stop();
    for (const part of Object.values(parts)) await part.stop();
    for (const cable of cables) await cable.close();
  }
}

/** Everything that the gateway holds is anchored, and the oracle has nothing to wait for. */
async function untilAtRest(site: Site): Promise<void> {
  const devices = (await ask<{ nextSeq: number }[]>(site, `${site.gatewayUrl}/api/v1/devices`))!;
  const stored = devices.reduce((sum, { nextSeq }) => sum + nextSeq, 0);
  await untilStatus(
    site,
    ({ anchoredReadings, pendingReadings, lastBatch, anchored }) =>
      anchoredReadings >= stored && pendingReadings === 0 && lastBatch === anchored,
  );
}

async function untilStatus(site: Site, isWanted: (status: Status) => boolean): Promise<void> {
  const over = AbortSignal.timeout(SETTLE_MS);
  for (;;) {
    const status = await ask<Status>(site, `${site.oracleUrl}/api/v1/status`);
    if (status !== undefined && isWanted(status)) return;
    if (over.aborted) throw new Error(`not at rest: ${JSON.stringify(status)}`);
    await sleep(LOOK_MS);
  }
}

type Status = { lastBatch: number; anchored: number; anchoredReadings: number; pendingReadings: number };

/** An answer, or nothing from a part that is not up. */
async function ask<T>(site: Site, url: string): Promise<T | undefined> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${site.token}` },
      signal: AbortSignal.timeout(2_000),
    });
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const over = AbortSignal.timeout(SETTLE_MS);
  const late = new Promise<never>((_, reject) =>
    over.addEventListener("abort", () => reject(new Error(otherwise)), { once: true }),
  );
  return Promise.race([promise, late]);
}
