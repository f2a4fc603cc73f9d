import { createHmac } from "node:crypto";
import type { Clock } from "../../protocol/clock.ts";
import { errorFacts, type Log } from "../log.ts";
import type { AlarmTable } from "../store/alarms.ts";

/** Where a target is told. */
export type Webhook = { url: string; secret: string };

/** Tells targets outside what is queued for them. */
export type Webhooks = {
  /** Sends what is due; ends when everything was tried once. */
  send(signal: AbortSignal): Promise<void>;
  stats(): WebhookStats;
};

export type WebhookStats = { delivered: number; failedAttempts: number; givenUp: number };

/** Over some two hours; after that whoever can be reached at all has been told by another target. */
const MAX_ATTEMPTS = 10;
const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 1_800_000;
const TIMEOUT_MS = 10_000;
const PER_ROUND = 32;

/** Signs a body as it is sent at a time: `t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY"`, against forgery and replay. */
export function signatureOf(options: { secret: string; body: string; nowMs: number }): string {
  const seconds = Math.floor(options.nowMs / 1000);
  const mac = createHmac("sha256", options.secret).update(`${seconds}.${options.body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

export function createWebhooks(options: {
  alarms: AlarmTable;
  targets: ReadonlyMap<string, Webhook>;
  clock: Pick<Clock, "now">;
  log: Log;
}): Webhooks {
  const { alarms, targets, clock, log } = options;
  const stats: WebhookStats = { delivered: 0, failedAttempts: 0, givenUp: 0 };

  const post = async ({ url, secret }: Webhook, body: string, signal: AbortSignal) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-pondproof-signature": signatureOf({ secret, body, nowMs: clock.now() }),
      },
      body,
      // A redirect could lead the alarm to somebody else.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answered ${response.status}`);
  };

  return {
    async send(signal) {
      for (const { id, target, body, attempts } of alarms.dueNotices(clock.now(), PER_ROUND)) {
        const webhook = targets.get(target);
        try {
          if (webhook === undefined) throw new Error("the configuration knows the target no more");
          await post(webhook, body, signal);
          stats.delivered++;
          alarms.dropNotice(id);
        } catch (error) {
          if (signal.aborted) return;
          stats.failedAttempts++;
          if (attempts === 0)
            log.warn({ target, ...errorFacts(error) }, "a target of alarms does not take one");
          if (attempts + 1 < MAX_ATTEMPTS) {
            alarms.postpone(id, clock.now() + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts));
            continue;
          }
          stats.givenUp++;
          alarms.dropNotice(id);
          log.error({ target }, "an alarm could not be told; nobody tries again");
        }
      }
    },
    stats: () => ({ ...stats }),
  };
}
