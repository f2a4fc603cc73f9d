import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import { createMqttFraming } from "../../../edge/mqtt-framing.ts";

const publish = (bytes: number): Packet => ({
  cmd: "publish",
  topic: "t",
  payload: Buffer.alloc(bytes),
  qos: 0,
  dup: false,
  retain: false,
});

test("counts packets however the stream is cut", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 50 }), (packets, step) => {
      const stream = Buffer.concat(packets.map((bytes) => mqttPacket.generate(publish(bytes))));
      const framing = createMqttFraming({ maxPacketBytes: 1_000 });
      let counted = 0;
      for (let at = 0; at < stream.length; at += step)
        counted += framing.push(stream.subarray(at, at + step))!;
      expect(counted).toBe(packets.length);
    }),
  );
});

test("stops at the length field of a packet that is too long, before its body has come", () => {
  const framing = createMqttFraming({ maxPacketBytes: 10_496 });
  const header = mqttPacket.generate(publish(10_497)).subarray(0, 4);
  expect(framing.push(mqttPacket.generate(publish(10_000)))).toBe(1);
  expect(framing.push(header)).toBeUndefined();
});

test("stops at a length field that has no end", () => {
  const framing = createMqttFraming({ maxPacketBytes: 2 ** 40 });
  expect(framing.push(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBeUndefined();
});
