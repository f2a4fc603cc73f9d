import fc from "fast-check";
import { expect, test } from "vitest";
import { mayLeaveWill, mayPublish, mayRetain, maySubscribe } from "../../../edge/acl.ts";
import { deviceTopic, gatewayTopic } from "../../../protocol/topics.ts";
import { makeKey } from "../../factories.ts";

const { device } = makeKey("alpha");
const other = makeKey("beta").device;
const me = { role: "device", site: "huzhou", device } as const;
const observer = { role: "observer", site: "huzhou", name: "ha" } as const;
const own = (topic: "reading" | "ack" | "state" | "info" | "event" | "latest") =>
  deviceTopic("huzhou", device, topic);

test("a device writes its own reading, state, info and event, at most once and at least once", () => {
  for (const topic of ["reading", "state", "info", "event"] as const) {
    expect(mayPublish(me, { topic: own(topic), qos: 0 })).toBe(true);
    expect(mayPublish(me, { topic: own(topic), qos: 1 })).toBe(true);
    expect(mayPublish(me, { topic: own(topic), qos: 2 })).toBe(false);
  }
});

test("a device writes no acknowledgement, no latest value, nothing of the gateway and nothing of another", () => {
  const foreign = [
    own("ack"),
    own("latest"),
    gatewayTopic("huzhou", "beacon"),
    deviceTopic("huzhou", other, "reading"),
    deviceTopic("linghu", device, "reading"),
    "$SYS/broker/heartbeat",
    `pondproof/huzhou/${device}/reading/more`,
    `pondproof/huzhou/${device}`,
    "",
  ];
  for (const topic of foreign) expect(mayPublish(me, { topic, qos: 1 }), topic).toBe(false);
});

test("a device reads its own acknowledgements and its gateway's beacon", () => {
  expect(maySubscribe(me, own("ack"))).toBe(true);
  expect(maySubscribe(me, gatewayTopic("huzhou", "beacon"))).toBe(true);
});

test("a device reads nothing else, whatever the wildcard", () => {
  const foreign = [
    "#",
    "+/+/+/+",
    "pondproof/#",
    "pondproof/huzhou/+/ack",
    `pondproof/+/${device}/ack`,
    `pondproof/huzhou/${device}/+`,
    "pondproof/huzhou/gateway/+",
    gatewayTopic("huzhou", "health"),
    gatewayTopic("linghu", "beacon"),
    deviceTopic("huzhou", other, "ack"),
    own("reading"),
    "$share/group/pondproof/huzhou/gateway/beacon",
  ];
  for (const filter of foreign) expect(maySubscribe(me, filter), filter).toBe(false);
});

test("no topic that a device makes up is allowed, unless it is one of its own", () => {
  const level = fc.oneof(
    fc.constantFrom(
      "pondproof",
      "huzhou",
      device,
      other,
      "gateway",
      "ack",
      "reading",
      "beacon",
      "+",
      "#",
      "",
    ),
    fc.string({ maxLength: 6 }),
  );
  const topic = fc.array(level, { maxLength: 6 }).map((levels) => levels.join("/"));
  const readable = [own("ack"), gatewayTopic("huzhou", "beacon")];
  const writable = (["reading", "state", "info", "event"] as const).map(own);
  fc.assert(
    fc.property(topic, (made) => {
      expect(maySubscribe(me, made)).toBe(readable.includes(made));
      expect(mayPublish(me, { topic: made, qos: 1 })).toBe(writable.includes(made));
    }),
    { numRuns: 1_000 },
  );
});

test("a will speaks of the device's own state alone", () => {
  expect(mayLeaveWill(me, { topic: own("state"), qos: 1 })).toBe(true);
  expect(mayLeaveWill(me, { topic: own("reading"), qos: 1 })).toBe(false);
  expect(mayLeaveWill(me, { topic: deviceTopic("huzhou", other, "state"), qos: 1 })).toBe(false);
});

test("state and info are retained, readings and events are not", () => {
  expect([own("state"), own("info"), own("reading"), own("event")].map(mayRetain)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("an observer reads what is retained for dashboards, of its own site alone", () => {
  const readable = [
    own("latest"),
    own("state"),
    "pondproof/huzhou/+/latest",
    "pondproof/huzhou/+/info",
    gatewayTopic("huzhou", "health"),
    gatewayTopic("huzhou", "alarms"),
    "homeassistant/#",
  ];
  for (const filter of readable) expect(maySubscribe(observer, filter), filter).toBe(true);
  const foreign = [
    "#",
    "pondproof/#",
    "pondproof/huzhou/#",
    "pondproof/huzhou/+/+",
    "pondproof/+/+/latest",
    "pondproof/linghu/+/latest",
    deviceTopic("linghu", device, "latest"),
    "pondproof/huzhou/+/reading",
    "pondproof/huzhou/+/ack",
    "pondproof/huzhou/+/health",
    own("ack"),
    own("reading"),
    "$SYS/#",
  ];
  for (const filter of foreign) expect(maySubscribe(observer, filter), filter).toBe(false);
});

test("an observer writes nothing but that a Home Assistant is back", () => {
  expect(mayPublish(observer, { topic: "homeassistant/status", qos: 1 })).toBe(true);
  for (const topic of [own("reading"), own("ack"), own("latest"), "homeassistant/sensor/x/config"])
    expect(mayPublish(observer, { topic, qos: 1 }), topic).toBe(false);
});

test("a candidate is held to its own name like a device", () => {
  const candidate = { ...me, role: "candidate" } as const;
  expect(mayPublish(candidate, { topic: own("info"), qos: 1 })).toBe(true);
  expect(mayPublish(candidate, { topic: deviceTopic("huzhou", other, "info"), qos: 1 })).toBe(false);
  expect(maySubscribe(candidate, own("ack"))).toBe(true);
  expect(maySubscribe(candidate, "pondproof/huzhou/+/latest")).toBe(false);
});
