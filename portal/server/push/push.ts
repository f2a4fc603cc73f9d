import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Directory } from "../directory.ts";
import type { Upstream } from "../upstream.ts";
import { createAnnouncer, type Hearing } from "./announcer.ts";
import { createPushService, PUSH_HOSTS, type PushKeys } from "./push-service.ts";
import { addPushRoutes } from "./routes-push.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** `hosts`: the push services that may be written to; `ca`: their authority, where it is not one of the machine's. */
export type PushOptions = { keys: PushKeys; hosts?: readonly string[]; ca?: string };

/** Alarms for closed pages, from the gateway to people's browsers. */
export type Push = {
  addRoutes(app: FastifyInstance): void;
  /** Looks for alarms until the signal. */
  run(signal: AbortSignal): Promise<void>;
};

export function createPush({
  options: { keys, hosts = PUSH_HOSTS, ca },
  subscriptions,
  gateway,
  directory,
  hearing,
  now,
  log,
}: {
  options: PushOptions;
  subscriptions: Subscriptions;
  gateway: Upstream;
  directory: Directory;
  hearing: Hearing;
  now: () => number;
  log: FastifyBaseLogger;
}): Push {
  const service = createPushService(ca === undefined ? { keys } : { keys, ca });
  const announcer = createAnnouncer({
    gateway,
    directory,
    subscriptions,
    service,
    hearing,
    nowMs: now,
    onFailed: (subscription) => log.warn({ subscription }, "a push service did not take an alarm"),
  });
  return {
    addRoutes: (app) => addPushRoutes(app, { subscriptions, publicKey: service.publicKey, hosts }),
    run: announcer.run,
  };
}
