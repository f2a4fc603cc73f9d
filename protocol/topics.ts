import { PondproofError } from "./errors.ts";

// edge.md, "Topics". Ids are checked here, once, so that nothing a device says becomes part of a topic.
const ID = /^[a-z0-9-]{1,32}$/;
/** Stands where a device's id stands, so no device may be called so. */
const GATEWAY = "gateway";

const DEVICE_TOPICS = ["reading", "ack", "state", "info", "event", "latest"] as const;
const GATEWAY_TOPICS = ["state", "info", "health", "alarms", "beacon"] as const;

export type DeviceTopic = (typeof DEVICE_TOPICS)[number];
export type GatewayTopic = (typeof GATEWAY_TOPICS)[number];

/** Where a message belongs. */
export type Address =
  | { kind: "device"; site: string; device: string; topic: DeviceTopic }
  | { kind: "gateway"; site: string; topic: GatewayTopic };

/** Topic of one device; `device` is its id as 16 hex digits. */
export function deviceTopic(site: string, device: string, topic: DeviceTopic): string {
  if (device === GATEWAY) throw new PondproofError("INVALID_ARGUMENT", { id: device, reserved: true });
  return `pondproof/${checked(site)}/${checked(device)}/${topic}`;
}

/** Topic of a site's gateway. */
export function gatewayTopic(site: string, topic: GatewayTopic): string {
  return `pondproof/${checked(site)}/${GATEWAY}/${topic}`;
}

/** Subscription to one kind of message of every device of a site. */
export function everyDevice(site: string, topic: DeviceTopic): string {
  return `pondproof/${checked(site)}/+/${topic}`;
}

/** The address in a topic, or `undefined` when it is none of ours. */
export function parseTopic(topic: string): Address | undefined {
  const [root, site, who, what, ...rest] = topic.split("/");
  if (root !== "pondproof" || site === undefined || who === undefined || rest.length > 0) return undefined;
  if (!ID.test(site) || !ID.test(who)) return undefined;
  if (who === GATEWAY) {
    const found = GATEWAY_TOPICS.find((name) => name === what);
    return found && { kind: "gateway", site, topic: found };
  }
  const found = DEVICE_TOPICS.find((name) => name === what);
  return found && { kind: "device", site, device: who, topic: found };
}

function checked(id: string): string {
  if (!ID.test(id)) throw new PondproofError("INVALID_ARGUMENT", { id, form: ID.source });
  return id;
}
