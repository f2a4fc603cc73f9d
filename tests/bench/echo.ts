// A broker and somebody who acknowledges every frame and does nothing else: what any gateway's latency is measured
// against. Arguments: `aedes`, or the port of a broker that is there. Says its port when it is up.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { encodeMessage } from "../../protocol/messages.ts";
import { recordSeq } from "../../protocol/record.ts";
import { deviceTopic, everyDevice, parseTopic } from "../../protocol/topics.ts";

const [broker, site] = process.argv.slice(2) as [string, string];
const port = broker === "aedes" ? await startAedes() : Number(broker);
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
client.on("message", (topic, frame) => {
  const address = parseTopic(topic);
  if (address?.kind !== "device") return;
  const ack = encodeMessage({ contiguous: recordSeq(frame), missing: [], verdicts: [] });
  client.publish(deviceTopic(site, address.device, "ack"), Buffer.from(ack), { qos: 1 });
});
await client.subscribeAsync(everyDevice(site, "reading"), { qos: 1 });
process.stdout.write(`${port}\n`);

async function startAedes(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
