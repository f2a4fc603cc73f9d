import { type Beacon, decodeBeacon, encodeMessage, MAX_ACK_ENTRIES } from "../protocol/messages.ts";
import { decodeRecord } from "../protocol/record.ts";
import { splitFrame } from "../protocol/signature.ts";
import { deviceTopic, gatewayTopic } from "../protocol/topics.ts";
import { type Answer, acksOf } from "./ack.ts";
import type { Broker } from "./broker-port.ts";
import type { Commit } from "./drafting.ts";
import type { Health } from "./health.ts";
import { discoveryOf } from "./home-assistant.ts";
import type { Quality } from "./quality/flags.ts";
import { passAcknowledgement } from "./reading-passages.ts";
import type { Alarm } from "./store/alarms.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream.ts";
import { latestMessage } from "./views.ts";

/** Everything the gateway says over MQTT. */
export type Announcer = {
  /** Says again all that is retained, for a broker forgets it when it stops. */
  begin(info: Record<string, unknown>, streams: Iterable<Stream>): void;
  /** Describes the probes to a Home Assistant that has come back. */
  describeAgain(streams: Iterable<Stream>): void;
  /** Tells every device where its stream stands and what was refused, and the dashboards what is new. */
  commit(commit: Commit): void;
  /** Tells a device that frames of it could not be stored, so that it keeps them. */
  notStored(stream: Stream, seqs: readonly number[]): void;
  /** Says the latest reading again, with what makes it doubtful. */
  doubt(stream: Stream, quality: Quality): void;
  /** Says which alarms are open. */
  alarms(open: readonly Alarm[]): void;
  /** Tells a device that has just begun to listen where it may go on. */
  greet(stream: Stream): void;
  /** @throws MALFORMED_MESSAGE */
  beacon(beacon: Beacon): void;
  /** Says it only when it differs from what was said last. */
  health(health: Health): void;
  end(): void;
};

const BEACON_SETTING = "beacon";

export function createAnnouncer(options: {
  site: string;
  /** Names this run of the gateway in its birth and death. */
  session: string;
  broker: Pick<Broker, "publish">;
  store: Store;
  /** Describes the probes to a Home Assistant. */
  describesProbes: boolean;
}): Announcer {
  const { site, session, broker, store, describesProbes } = options;
  const described = new Set<string>();
  let lastHealth: Health | undefined;
  let lastAlarms: readonly Alarm[] = [];

  const retain = (topic: string, message: Record<string, unknown>, qos: 0 | 1 = 0) =>
    broker.publish({ topic, payload: encodeMessage(message), qos, retain: true });
  // aedes drops a message that another to the same client has overtaken, and one of quality 0 overtakes: a beacon must
  // not cost a device its acknowledgement.
  const sayBeacon = (beacon: Beacon) => retain(gatewayTopic(site, "beacon"), beacon, 1);
  const describe = ({ id: device, periodMs, last }: Stream) => {
    if (!describesProbes || last === undefined) return;
    decodeRecord(splitFrame(last.frame).record).values.forEach((value, slot) => {
      if (value === null || described.has(`${device} ${slot}`)) return;
      described.add(`${device} ${slot}`);
      const { topic, message } = discoveryOf({ site, device, slot, periodMs });
      retain(topic, message, 1);
    });
  };
  const sayLatest = (stream: Stream, quality?: Quality) => {
    const latest = latestMessage(stream, quality);
    if (latest === undefined) return;
    describe(stream);
    retain(deviceTopic(site, stream.id, "latest"), latest);
  };
  const sayAlarms = () => retain(gatewayTopic(site, "alarms"), { open: lastAlarms }, 1);
  const sayHealth = (health: Health) => retain(gatewayTopic(site, "health"), health);
  const acknowledge = (stream: Stream, answers: readonly Answer[]) => {
    const topic = deviceTopic(site, stream.id, "ack");
    const heldSeqs = stream.held > 0 ? store.waiting.heldSeqs(stream.row) : [];
    for (const ack of acksOf({ nextSeq: stream.nextSeq, heldSeqs, answers })) {
      const payload = encodeMessage(ack);
      broker.publish({ topic, payload, qos: 1, retain: false });
      passAcknowledgement(stream, payload.length);
    }
  };

  return {
    begin(info, streams) {
      retain(gatewayTopic(site, "state"), { state: "online", session }, 1);
      retain(gatewayTopic(site, "info"), { site, ...info });
      const beacon = store.setting(BEACON_SETTING);
      if (beacon !== undefined) sayBeacon(decodeBeacon(new TextEncoder().encode(beacon)));
      if (lastHealth !== undefined) sayHealth(lastHealth);
      sayAlarms();
      described.clear();
      for (const stream of streams) sayLatest(stream);
    },
    describeAgain(streams) {
      described.clear();
      for (const stream of streams) describe(stream);
    },
    commit({ streams, outcomes }) {
      for (const stream of streams) {
        const answers = outcomes.filter(({ device }) => device === stream.id);
        acknowledge(stream, answers);
        if (answers.some(({ verdict }) => verdict === "stored")) sayLatest(stream);
      }
    },
    notStored({ id, nextSeq }, seqs) {
      const verdicts = seqs.slice(0, MAX_ACK_ENTRIES).map((seq) => ({ seq, verdict: "not-stored" as const }));
      const payload = encodeMessage({ contiguous: nextSeq - 1, missing: [], verdicts });
      broker.publish({ topic: deviceTopic(site, id, "ack"), payload, qos: 1, retain: false });
    },
    doubt: sayLatest,
    alarms(open) {
      lastAlarms = open;
      sayAlarms();
    },
    greet: (stream) => acknowledge(stream, []),
    beacon(beacon) {
      const checked = decodeBeacon(encodeMessage(beacon));
      store.setSetting(BEACON_SETTING, JSON.stringify(checked));
      sayBeacon(checked);
    },
    health(health) {
      if (JSON.stringify(health) === JSON.stringify(lastHealth)) return;
      lastHealth = health;
      sayHealth(health);
    },
    end: () => retain(gatewayTopic(site, "state"), { state: "offline", session }, 1),
  };
}
