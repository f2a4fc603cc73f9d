import { type Ack, type Beacon, encodeMessage } from "../protocol/messages.ts";
import { deviceTopic, gatewayTopic } from "../protocol/topics.ts";
import type { Broker } from "./broker.ts";
import type { Health } from "./health.ts";

/** Everything the gateway says over MQTT. What is retained is said again at every start: a broker may forget it. */
export type Announcer = {
  ack(device: string, ack: Ack): void;
  latest(device: string, message: Record<string, unknown>): void;
  beacon(beacon: Beacon): void;
  state(state: "online" | "offline"): void;
  info(info: Record<string, unknown>): void;
  /** Says it only when it differs from what was said last. */
  health(health: Health): void;
};

export function createAnnouncer({ site, broker }: { site: string; broker: Broker }): Announcer {
  const retain = (topic: string, message: Record<string, unknown>, qos: 0 | 1 = 0) =>
    broker.publish({ topic, payload: encodeMessage(message), qos, retain: true });
  let lastHealth = "";
  return {
    ack: (device, ack) =>
      broker.publish({
        topic: deviceTopic(site, device, "ack"),
        payload: encodeMessage(ack),
        qos: 1,
        retain: false,
      }),
    latest: (device, message) => retain(deviceTopic(site, device, "latest"), message),
    // aedes drops a message that another to the same client has overtaken, and one of quality 0 overtakes: a beacon
    // must not cost a device its acknowledgement.
    beacon: (beacon) => retain(gatewayTopic(site, "beacon"), beacon, 1),
    state: (state) => retain(gatewayTopic(site, "state"), { state }),
    info: (info) => retain(gatewayTopic(site, "info"), info),
    health(health) {
      const text = JSON.stringify(health);
      if (text === lastHealth) return;
      lastHealth = text;
      retain(gatewayTopic(site, "health"), health);
    },
  };
}
