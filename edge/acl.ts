import { type DeviceTopic, type GatewayTopic, parseTopic } from "../protocol/topics.ts";

/**
 * Who speaks: a device of a site, by the id that its key has proven; a device whose key nobody has approved yet, while
 * the operator pairs; or somebody who looks on.
 */
export type Principal =
  | { role: "device"; site: string; device: string }
  | { role: "candidate"; site: string; device: string }
  | { role: "observer"; site: string; name: string };

/** What a device may write, all under its own name (edge.md, "Topics"). */
export const DEVICE_WRITES: readonly DeviceTopic[] = ["reading", "state", "info", "event"];
/** What an observer may read of every device of its site, and of the gateway. */
export const OBSERVER_READS = {
  device: ["latest", "state", "info"] satisfies DeviceTopic[] as readonly string[],
  gateway: ["state", "info", "health", "alarms", "beacon"] satisfies GatewayTopic[] as readonly string[],
} as const;
/** Where Home Assistant looks for devices, and where it says that it has come back. */
export const HOME_ASSISTANT = { prefix: "homeassistant", status: "homeassistant/status" } as const;

/** What a client publishes, now or as its will. */
export type Publication = { topic: string; qos: number };

/**
 * True when the client may publish this: a device its own reading, state, info or event, at least and at most once; an
 * observer the status of a Home Assistant, and nothing of ours.
 */
export function mayPublish(principal: Principal, { topic, qos }: Publication): boolean {
  // Exactly-once delivery costs the broker memory for every unfinished handshake, and admission needs none of it.
  if (qos >= 2) return false;
  switch (principal.role) {
    case "device":
    case "candidate": {
      const address = parseTopic(topic);
      return (
        address?.kind === "device" &&
        address.site === principal.site &&
        address.device === principal.device &&
        DEVICE_WRITES.includes(address.topic)
      );
    }
    case "observer":
      return topic === HOME_ASSISTANT.status;
  }
}

/**
 * True when the client may read this: a device its own acknowledgements and its gateway's beacon, never a wildcard; an
 * observer what is retained for dashboards, of its own site, with `+` for the device.
 */
export function maySubscribe(principal: Principal, filter: string): boolean {
  switch (principal.role) {
    case "device":
    case "candidate": {
      const address = parseTopic(filter);
      if (address === undefined || address.site !== principal.site) return false;
      return address.kind === "gateway"
        ? address.topic === "beacon"
        : address.device === principal.device && address.topic === "ack";
    }
    case "observer":
      return isObservable(principal.site, filter);
  }
}

/** True when the will speaks of the device's own state; a will on anything else could outlive a revocation. */
export function mayLeaveWill(principal: Principal, will: Publication): boolean {
  if (principal.role === "observer") return mayPublish(principal, will);
  const address = parseTopic(will.topic);
  return mayPublish(principal, will) && address?.kind === "device" && address.topic === "state";
}

/** True when a topic's retained message may be the device's: readings and events never outlive their moment. */
export function mayRetain(topic: string): boolean {
  const address = parseTopic(topic);
  return address?.kind === "device" && (address.topic === "state" || address.topic === "info");
}

function isObservable(site: string, filter: string): boolean {
  if (filter === HOME_ASSISTANT.status || filter.startsWith(`${HOME_ASSISTANT.prefix}/`)) return true;
  const levels = filter.split("/");
  const [root, where, who, what] = levels;
  if (levels.length !== 4 || root !== "pondproof" || where !== site) return false;
  if (who === "+") return OBSERVER_READS.device.includes(what!);
  const address = parseTopic(filter);
  return address !== undefined && OBSERVER_READS[address.kind].includes(address.topic);
}
