import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviceTopic, everyDevice, gatewayTopic, parseTopic } from "../../../protocol/topics.ts";

const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const deviceName = id.filter((name) => name !== "gateway");
const forDevices = fc.constantFrom("reading", "ack", "state", "info", "event", "latest");
const forGateways = fc.constantFrom("state", "info", "health", "beacon");

describe("topics", () => {
  it("are parsed back into what they were made of", () => {
    fc.assert(
      fc.property(id, deviceName, forDevices, forGateways, (site, device, what, gatewayWhat) => {
        expect(parseTopic(deviceTopic(site, device, what))).toEqual({
          kind: "device",
          site,
          device,
          topic: what,
        });
        expect(parseTopic(gatewayTopic(site, gatewayWhat))).toEqual({
          kind: "gateway",
          site,
          topic: gatewayWhat,
        });
        expect(everyDevice(site, what)).toBe(`pondproof/${site}/+/${what}`);
      }),
    );
  });

  it("are never made of an id that could be a wildcard, a level, another's name or nothing", () => {
    for (const bad of [
      "",
      "+",
      "#",
      "a/b",
      "A",
      "ä",
      "a b",
      "a\n",
      "a\u0000",
      "x".repeat(33),
      "../a",
      "$sys",
    ]) {
      expect(() => deviceTopic(bad, "0123456789abcdef", "ack"), bad).toThrow("INVALID_ARGUMENT");
      expect(() => deviceTopic("site", bad, "ack"), bad).toThrow("INVALID_ARGUMENT");
      expect(() => gatewayTopic(bad, "state"), bad).toThrow("INVALID_ARGUMENT");
      expect(() => everyDevice(bad, "reading"), bad).toThrow("INVALID_ARGUMENT");
    }
    expect(() => deviceTopic("site", "gateway", "state")).toThrow("INVALID_ARGUMENT");
  });

  it("are nobody's when they are not of our form", () => {
    const foreign = [
      "",
      "pondproof",
      "pondproof/site",
      "pondproof/site/device",
      "pondproof/site/device/reading/more",
      "pondproof/site/device/reading/",
      "/pondproof/site/device/reading",
      "other/site/device/reading",
      "pondproof/site/device/beacon",
      "pondproof/site/gateway/ack",
      "pondproof/site/gateway/reading",
      "pondproof/+/device/reading",
      "pondproof/site/#",
      "pondproof//device/reading",
      "pondproof/site/DEVICE/reading",
      "$SYS/broker/uptime",
    ];
    for (const topic of foreign) expect(parseTopic(topic), topic).toBeUndefined();
  });

  it("are only ours when making them again gives the same text", () => {
    const levels = fc.array(
      fc.oneof(
        fc.constantFrom("pondproof", "site", "gateway", "reading", "state", "beacon", "+", "#", ""),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(levels, (parts) => {
        const text = parts.join("/");
        const address = parseTopic(text);
        if (address === undefined) return;
        const again =
          address.kind === "device"
            ? deviceTopic(address.site, address.device, address.topic)
            : gatewayTopic(address.site, address.topic);
        expect(again).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
