import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseProbeMap } from "../../../../firmware-sim/probes/modbus-map.ts";
import { parseReaderConfig } from "../../../../firmware-sim/service/config.ts";
import { isPondproofError } from "../../../../protocol/errors.ts";

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

const board = { kind: "ezo", name: "o", line: "l", board: "oxygen" };
const slave = { kind: "modbus", name: "m", line: "l", slave: 1, map: "supmea-do7013" };
const signer = { file: "key.pem" };
const probe = { name: "a", periodMs: 60_000, signer, instruments: [board] };
const smallest = {
  version: 1,
  site: "s",
  dataDir: "d",
  gateway: { url: "mqtt://h:1883" },
  lines: [{ name: "l", path: "/dev/l" }],
  probes: [probe],
};
const withProbe = (change: object) => ({ ...smallest, probes: [{ ...probe, ...change }] });

function mistakesIn(config: unknown): unknown {
  try {
    parseReaderConfig(typeof config === "string" ? config : JSON.stringify(config));
  } catch (error) {
    if (isPondproofError(error, "CONFIG_INVALID")) return error.facts.mistakes;
    throw error;
  }
  return [];
}

describe("a reader's configuration", () => {
  it("gets its defaults", () => {
    expect(parseReaderConfig(JSON.stringify(smallest))).toMatchObject({
      gateway: { timeoutMs: 10_000, resendAfterMs: 30_000 },
      outbox: { maxBytes: 300_000_000 },
      lines: [{ baudRate: 9_600, parity: "none", stopBits: 1 }],
    });
  });

  it("has all its mistakes told at once, with their paths", () => {
    const wrong = {
      ...smallest,
      version: 2,
      site: "Huzhou!",
      surprise: 1,
      probes: [{ ...probe, periodMs: 10 }],
    };
    expect(mistakesIn(wrong)).toEqual([
      '/: unknown key "surprise"',
      "/version: must be equal to constant 1",
      '/site: must match pattern "^[a-z0-9-]{1,32}$"',
      "/probes/0/periodMs: must be >= 1000",
    ]);
    expect(mistakesIn("{")).toEqual([expect.stringContaining("not JSON")]);
  });

  it.each([
    [
      "a line that is not there",
      withProbe({ instruments: [{ ...board, line: "x" }] }),
      '/probes/0/instruments/0/line: there is no line "x"',
    ],
    [
      "two boards on one line",
      withProbe({ instruments: [board, { ...board, name: "p", board: "ph" }] }),
      '/probes/0/instruments/1/line: "l" serves another already, and only Modbus slaves can share one',
    ],
    [
      "two slaves of one number",
      withProbe({ instruments: [slave, { ...slave, name: "n" }] }),
      'line "l": slaves: "1" stands twice',
    ],
    [
      "a metric that two instruments measure",
      withProbe({
        instruments: [board, { kind: "value", name: "v", metric: "oxygen", file: "f", range: [0, 1] }],
      }),
      '/probes/0/instruments: metrics: "oxygen" stands twice',
    ],
    ["no signer", withProbe({ signer: undefined }), "/probes/0: needs a signer"],
    [
      "a temperature that nobody measures",
      withProbe({ instruments: [{ ...board, temperatureFromProbe: true }] }),
      "/probes/0/instruments/0/temperatureFromProbe: no instrument of the probe measures temperature",
    ],
    [
      "half a client's certificate",
      { ...smallest, gateway: { url: "mqtts://h:1", keyFile: "k" } },
      "/gateway: certificateFile and keyFile belong together",
    ],
    [
      "certificates without TLS",
      { ...smallest, gateway: { url: "mqtt://h:1", caFile: "c" } },
      "/gateway/url: certificates need mqtts://",
    ],
    [
      "a password in the address",
      { ...smallest, gateway: { url: "mqtt://me:secret@h:1" } },
      '/gateway/url: must match pattern "^mqtts?://[^/@\\s]+$"',
    ],
    [
      "two probes of one name",
      {
        ...smallest,
        probes: [probe, { ...probe, instruments: [{ ...slave, line: "k" }] }],
        lines: [...smallest.lines, { name: "k", path: "/dev/k" }],
      },
      '/probes: "a" stands twice',
    ],
  ])("is refused with %s", (_, config, mistake) => expect(mistakesIn(config)).toEqual([mistake]));
});

describe("docs/probes.md", () => {
  const blocks = [...read("docs/probes.md").matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text!);
  const isMap = (text: string) => "values" in JSON.parse(text);

  it("shows configurations that the reader takes", () => {
    const configs = blocks.filter((text) => !isMap(text));
    expect(configs.length).toBe(4);
    expect(configs.map(mistakesIn)).toEqual(configs.map(() => []));
  });

  it("shows a map that the reader takes", () => {
    const schema = read("firmware-sim/probes/maps/schema.json");
    const maps = blocks.filter(isMap).map((text) => parseProbeMap(text, { schema, path: "docs" }));
    expect(maps.map(({ name }) => name)).toEqual(["Own conductivity probe"]);
  });

  it("names every map that comes with the reader", () => {
    for (const name of [
      "yosemitech-y504",
      "yosemitech-y532",
      "yosemitech-y560",
      "supmea-do7013",
      "in-situ-rdo",
      "generic-oxygen",
    ])
      expect(read("docs/probes.md")).toContain(`\`${name}\``);
  });
});
