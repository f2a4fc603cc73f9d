import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "../../../protocol/terms.ts";
import { PUSH_LEVELS, type PushLevel, type PushMessage } from "../../push.ts";
import type { Directory, DirectoryPond } from "../directory.ts";
import { type GatewayAlarm, isAlarms } from "../provider/operator-messages.ts";
import type { Upstream } from "../upstream.ts";
import type { PushService } from "./push-service.ts";
import type { Subscription, Subscriptions } from "./subscriptions.ts";

const EVERY_MS = 15_000;
/** Behind it nobody is woken any more: the page says it, and the gateway's webhook has escalated. */
const TOO_OLD_MS = 30 * 60_000;
/** Messages that are on their way at once. */
const AT_ONCE = 16;

/** Whether a pond, by its id on the ledger, is an account's business, as of now. */
export type Hearing = () => Promise<(account: Hex, pond: Hex) => boolean>;

/** Tells people of the alarms of their ponds, wherever they are. */
export type Announcer = {
  /** Looks once at what is to be told, tells it, and returns how many messages went out. */
  turn(signal: AbortSignal): Promise<number>;
  /** Looks again and again until the signal. */
  run(signal: AbortSignal): Promise<void>;
};

/**
 * Tells every browser of whoever may hear of a pond's open alarms, each once at each level and not after somebody
 * acknowledged it. What a push service did not take is tried again while the alarm is fresh; a message may so arrive
 * twice, and the browser shows it once, by its tag.
 */
export function createAnnouncer({
  gateway,
  directory,
  subscriptions,
  service,
  hearing,
  nowMs,
  onFailed,
}: {
  gateway: Upstream;
  directory: Directory;
  subscriptions: Subscriptions;
  service: PushService;
  hearing: Hearing;
  /** The time by which alarms are raised. */
  nowMs: () => number;
  onFailed: (subscription: Subscription["id"]) => void;
}): Announcer {
  const ponds = new Map(
    directory.ponds.flatMap((pond) => [pond.id, ...pond.probes].map((subject) => [subject, pond] as const)),
  );

  const tell = async (to: Subscription, what: string, message: PushMessage): Promise<boolean> => {
    const outcome = await service.send(to, message);
    switch (outcome) {
      case "sent":
        subscriptions.noteTold(to.id, what);
        return true;
      case "gone":
        subscriptions.forget(to.id);
        return false;
      case "failed":
        onFailed(to.id);
        return false;
    }
  };

  const turn = async (signal: AbortSignal): Promise<number> => {
    const everybody = subscriptions.all();
    if (everybody.length === 0) return 0;
    const answer = await gateway.json("/api/v1/alarms", { signal });
    // A gateway that is away is said on the page, and asked again.
    if (!answer.ok || !isAlarms(answer.value)) return 0;
    const mayHear = await hearing();
    const due = answer.value.open.flatMap((alarm) => {
      const pond = ponds.get(alarm.subject);
      const level = PUSH_LEVELS.find((known) => known === alarm.level);
      const isOver = alarm.acknowledgedAtMs !== null || nowMs() - alarm.raisedAtMs > TOO_OLD_MS;
      if (pond === undefined || level === undefined || isOver) return [];
      const what = `${alarm.id}:${level}:${alarm.raisedAtMs}`;
      return everybody
        .filter(({ id, account }) => mayHear(account, pond.ledgerId) && !subscriptions.wasTold(id, what))
        .map((to) => () => tell(to, what, messageOf({ ...alarm, level }, pond, to)));
    });
    let sent = 0;
    for (let i = 0; i < due.length && !signal.aborted; i += AT_ONCE) {
      const went = await Promise.all(due.slice(i, i + AT_ONCE).map((send) => send()));
      sent += went.filter(Boolean).length;
    }
    return sent;
  };

  return {
    turn,
    async run(signal) {
      while (!signal.aborted) {
        await turn(signal);
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

function messageOf(
  { id, kind, level, detail, raisedAtMs }: GatewayAlarm & { level: PushLevel },
  pond: DirectoryPond,
  { language }: Subscription,
): PushMessage {
  const oxygenMgPerL = kind === "oxygen-forecast" ? detail.atDawnMgPerL : detail.oxygenMgPerL;
  return {
    tag: `alarm-${id}`,
    language,
    farm: pond.farm,
    pond: pond.id,
    pondName: pond.name[language],
    kind,
    level,
    ...(oxygenMgPerL === undefined ? {} : { oxygenMgPerL }),
    raisedAtMs,
  };
}
