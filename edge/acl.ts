import { type DeviceTopic, parseTopic } from "../protocol/topics.ts";

/** Who speaks: a device of a site, by the id that its key has proven. */
export type Principal = { site: string; device: string };

/** What a device may write, all under its own name (edge.md, "Topics"). */
const WRITABLE: readonly DeviceTopic[] = ["reading", "state", "info", "event"];

/** What a device publishes, now or as its will. */
export type Publication = { topic: string; qos: number };

/** True when the device may publish this: its own reading, state, info or event, at least and at most once. */
export function mayPublish({ site, device }: Principal, { topic, qos }: Publication): boolean {
  const address = parseTopic(topic);
  return (
    address?.kind === "device" &&
    address.site === site &&
    address.device === device &&
    WRITABLE.includes(address.topic) &&
    // Exactly-once delivery costs the broker memory for every unfinished handshake, and admission needs none of it.
    qos < 2
  );
}

/** True when the device may read this: its own acknowledgements, and its gateway's beacon. Never a wildcard. */
export function maySubscribe({ site, device }: Principal, filter: string): boolean {
  const address = parseTopic(filter);
  if (address === undefined || address.site !== site) return false;
  return address.kind === "gateway"
    ? address.topic === "beacon"
    : address.device === device && address.topic === "ack";
}

/** True when the will speaks of the device's own state; a will on anything else could outlive a revocation. */
export function mayLeaveWill({ site, device }: Principal, will: Publication): boolean {
  const address = parseTopic(will.topic);
  return mayPublish({ site, device }, will) && address?.kind === "device" && address.topic === "state";
}

/** True when a topic's retained message may be the device's: readings and events never outlive their moment. */
export function mayRetain(topic: string): boolean {
  const address = parseTopic(topic);
  return address?.kind === "device" && (address.topic === "state" || address.topic === "info");
}
