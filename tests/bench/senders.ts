// A worker: the probes of the benchmark, which hold their signed frames ready and send them as a reader's link does
// after an outage. In a thread of its own, as a reader is a machine of its own.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import mqtt, { type MqttClient } from "mqtt";
import { decodeAck } from "../../protocol/messages.ts";
import { FRAME_BYTES } from "../../protocol/record.ts";
import { deviceTopic } from "../../protocol/topics.ts";

/** One probe: its login, and its frames from number 0 on. */
export type Sender = {
  device: string;
  /** With the authority and a certificate where the broker speaks TLS. */
  login: { clientId: string; password: string; ca?: string; cert?: string; key?: string };
  frames: Uint8Array;
};

export type SenderTask =
  | { kind: "connect"; url: string; site: string; senders: Sender[]; windowFrames: number }
  /** Send everything up to a number (exclusive), `perMessage` frames at once; answered when all is acknowledged. */
  | { kind: "send"; untilSeq: number; perMessage: number }
  /** Send a frame a period up to a number (exclusive); answered by the times from publish to acknowledgement, in ms. */
  | { kind: "pace"; untilSeq: number; periodMs: number }
  | { kind: "end" };

type Connected = Sender & { client: MqttClient; topic: string; contiguous: number; onAck: () => void };

let connected: Connected[] = [];
let windowFrames = 0;

parentPort!.on("message", (task: SenderTask) => {
  void perform(task).then((latenciesMs) => parentPort!.postMessage(latenciesMs));
});

async function perform(task: SenderTask): Promise<number[]> {
  switch (task.kind) {
    case "connect":
      windowFrames = task.windowFrames;
      connected = await Promise.all(task.senders.map((sender) => connect(task, sender)));
      return [];
    case "send":
      await Promise.all(connected.map((sender) => send(sender, task)));
      return [];
    case "pace": {
      const gapMs = task.periodMs / connected.length;
      return (await Promise.all(connected.map((sender, i) => pace(sender, i * gapMs, task)))).flat();
    }
    case "end":
      await Promise.all(connected.map(({ client }) => client.endAsync()));
      return [];
  }
}

async function connect({ url, site }: { url: string; site: string }, sender: Sender): Promise<Connected> {
  const { device, login } = sender;
  const client = await mqtt.connectAsync(url, { ...login, username: device, reconnectPeriod: 0 });
  const topic = deviceTopic(site, device, "reading");
  const state: Connected = { ...sender, client, topic, contiguous: -1, onAck: () => {} };
  client.on("message", (_topic, payload) => {
    const { contiguous, verdicts } = decodeAck(payload);
    if (verdicts.length > 0) throw new Error(`the gateway refuses: ${JSON.stringify(verdicts[0])}`);
    state.contiguous = contiguous;
    state.onAck();
  });
  await client.subscribeAsync(deviceTopic(site, device, "ack"), { qos: 1 });
  return state;
}

/** Keeps at most `windowFrames` frames unacknowledged, and ends with the acknowledgement of the last one. */
async function send(sender: Connected, { untilSeq, perMessage }: { untilSeq: number; perMessage: number }) {
  for (let seq = sender.contiguous + 1; seq < untilSeq; seq += perMessage) {
    const end = Math.min(seq + perMessage, untilSeq);
    await acknowledged(sender, end - 1 - windowFrames);
    const payload = sender.frames.subarray(seq * FRAME_BYTES, end * FRAME_BYTES);
    sender.client.publish(sender.topic, Buffer.from(payload), { qos: 1 });
  }
  await acknowledged(sender, untilSeq - 1);
}

/** One frame a period, as a probe samples, and how long each waited for its acknowledgement. */
async function pace(
  sender: Connected,
  phaseMs: number,
  { untilSeq, periodMs }: { untilSeq: number; periodMs: number },
): Promise<number[]> {
  const latenciesMs: number[] = [];
  const startMs = performance.now() + phaseMs;
  for (let [seq, turn] = [sender.contiguous + 1, 0]; seq < untilSeq; seq++, turn++) {
    await sleep(Math.max(0, startMs + turn * periodMs - performance.now()));
    const sentMs = performance.now();
    const payload = sender.frames.subarray(seq * FRAME_BYTES, (seq + 1) * FRAME_BYTES);
    sender.client.publish(sender.topic, Buffer.from(payload), { qos: 1 });
    await acknowledged(sender, seq);
    latenciesMs.push(performance.now() - sentMs);
  }
  return latenciesMs;
}

async function acknowledged(sender: Connected, seq: number): Promise<void> {
  while (sender.contiguous < seq) {
    await new Promise<void>((resolve) => {
      sender.onAck = resolve;
    });
  }
}
