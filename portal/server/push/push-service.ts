import { Agent } from "node:https";
import webPush, { WebPushError } from "web-push";
import type { PushMessage } from "../../push.ts";
import type { Subscription } from "./subscriptions.ts";

/** The portal's own key pair towards push services (RFC 8292), base64url, and where its operator can be reached. */
export type PushKeys = { publicKey: string; privateKey: string; contact: string };

/** `gone`: the browser is not subscribed any more. `failed`: another time it may succeed. */
export type PushOutcome = "sent" | "gone" | "failed";

/** Reaches closed pages through the push services of their browsers. */
export type PushService = {
  /** What a page needs to subscribe. */
  readonly publicKey: string;
  /** Sends one message, encrypted for its browser (RFC 8291). */
  send(subscription: Subscription, message: PushMessage): Promise<PushOutcome>;
};

/** An alarm of an hour ago is on the page, and no reason to wake anybody. */
const TTL_SECONDS = 3_600;
const TIMEOUT_MS = 10_000;
/** What push services answer when a subscription is over (RFC 8030 §7.3). */
const GONE = new Set([404, 410]);

/**
 * The hosts that the services of the large browsers have. A subscription names the address to which this server sends:
 * without such a list, anybody who signs in could make it knock at any door of its own network.
 */
export const PUSH_HOSTS: readonly string[] = [
  "fcm.googleapis.com",
  "updates.push.services.mozilla.com",
  "web.push.apple.com",
  "*.notify.windows.com",
];

/** Tells whether an address is one of a push service that may be written to: https, no other port, a listed host. */
export function isPushEndpoint(endpoint: string, hosts: readonly string[]): boolean {
  const url = URL.parse(endpoint);
  if (url === null || url.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  return hosts.some((host) => (host.startsWith("*.") ? url.host.endsWith(host.slice(1)) : url.host === host));
}

/** `ca`: another authority than the machine's, where the push service is one's own. */
export function createPushService({ keys, ca }: { keys: PushKeys; ca?: string }): PushService {
  const { publicKey, privateKey, contact: subject } = keys;
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ...(ca === undefined ? {} : { ca }) });
  return {
    publicKey,
    async send({ endpoint, keys: browser }, message) {
      try {
        await webPush.sendNotification({ endpoint, keys: browser }, JSON.stringify(message), {
          vapidDetails: { subject, publicKey, privateKey },
          TTL: TTL_SECONDS,
          urgency: message.level === "danger" ? "high" : "normal",
          topic: message.tag,
          timeout: TIMEOUT_MS,
          agent,
        });
        return "sent";
      } catch (error) {
        return error instanceof WebPushError && GONE.has(error.statusCode) ? "gone" : "failed";
      }
    },
  };
}
