import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VERDICTS } from "../../../protocol/admission.ts";
import {
  decodeAck,
  decodeBeacon,
  decodeDeviceInfo,
  decodeDeviceState,
  encodeMessage,
  MAX_ACK_ENTRIES,
  MAX_MESSAGE_BYTES,
} from "../../../protocol/messages.ts";

const MAX = Number.MAX_SAFE_INTEGER;
const count = { type: "integer", minimum: 0, maximum: MAX };
const objectOf = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});

/** The messages described a second time, as JSON schemas, each with a good one. */
const MESSAGES = {
  ack: {
    decode: decodeAck,
    good: { contiguous: 41, missing: [[42, 44]], verdicts: [{ seq: 50, verdict: "ahead" }] },
    schema: objectOf({
      contiguous: { ...count, minimum: -1 },
      missing: {
        type: "array",
        maxItems: MAX_ACK_ENTRIES,
        items: { type: "array", items: count, minItems: 2, maxItems: 2 },
      },
      verdicts: {
        type: "array",
        maxItems: MAX_ACK_ENTRIES,
        items: objectOf({ seq: count, verdict: { enum: VERDICTS } }),
      },
    }),
  },
  beacon: {
    decode: decodeBeacon,
    good: { number: 7, hash: `0x${"0f".repeat(32)}` },
    schema: objectOf({ number: count, hash: { type: "string", pattern: "^0x[0-9a-f]{64}$" } }),
  },
  info: {
    decode: decodeDeviceInfo,
    good: { publicKey: `0x${"0f".repeat(64)}`, firmware: "1.0", metrics: ["oxygen"], periodMs: 60_000 },
    schema: objectOf({
      publicKey: { type: "string", pattern: "^0x[0-9a-f]{128}$" },
      firmware: { type: "string", maxLength: 64 },
      metrics: { type: "array", maxItems: 64, items: { type: "string", maxLength: 32 } },
      periodMs: { ...count, minimum: 1 },
    }),
  },
  state: {
    decode: decodeDeviceState,
    good: { state: "online", session: "a1" },
    schema: objectOf({ state: { enum: ["online", "offline"] }, session: { type: "string", maxLength: 64 } }),
  },
} as const;

const names = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];
const schemas = new Ajv();
const conforms = Object.fromEntries(names.map((name) => [name, schemas.compile(MESSAGES[name].schema)]));

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(-2, -1, 0, 0.5, 2 ** 53, "", "x".repeat(65), "x".repeat(33), "stored", "online"),
  fc.constant(Array(MAX_ACK_ENTRIES + 1).fill([1, 2])),
  fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 3 }),
  fc.array(
    fc.record({ seq: fc.oneof(fc.nat(), fc.jsonValue()), verdict: fc.constantFrom("stored", "none") }),
  ),
);

describe("the messages between the parts", () => {
  for (const name of names) {
    const { decode, good } = MESSAGES[name];

    it(`give a good ${name} back`, () => {
      expect(decode(encodeMessage(good))).toEqual(good);
    });

    it(`refuse a ${name} that lacks a field, or is no JSON object`, () => {
      for (const field of Object.keys(good)) {
        const { [field]: _, ...rest } = good as Record<string, unknown>;
        expect(() => decode(encodeMessage(rest)), field).toThrow("MALFORMED_MESSAGE");
      }
      for (const text of ["", "{", "null", "5", "[]", '"ack"', "[{}]", "{}", "\u0000"])
        expect(() => decode(new TextEncoder().encode(text)), text).toThrow("MALFORMED_MESSAGE");
      expect(() => decode(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toThrow("MALFORMED_MESSAGE");
    });

    it(`refuse a ${name} that is too long to read`, () => {
      const padded = (bytes: number) => encodeMessage({ ...good, padding: "x".repeat(bytes) });
      const room = MAX_MESSAGE_BYTES - padded(0).length;
      expect(() => decode(padded(room))).not.toThrow();
      expect(() => decode(padded(room + 1))).toThrow("MALFORMED_MESSAGE");
    });

    it(`accept as ${name} exactly what its schema describes, whatever stands in one of its fields`, () => {
      const changed = fc
        .tuple(fc.constantFrom(...Object.keys(good)), junk)
        .map(([field, value]) => ({ ...good, [field]: value }));
      fc.assert(
        fc.property(fc.oneof({ weight: 4, arbitrary: changed }, fc.jsonValue()), (json) => {
          const received: unknown = JSON.parse(JSON.stringify(json));
          const bytes = new TextEncoder().encode(JSON.stringify(json));
          const expected = conforms[name]!(received) && rangesAreInOrder(received);
          if (!expected) expect(() => decode(bytes)).toThrow("MALFORMED_MESSAGE");
          else expect(received).toMatchObject(decode(bytes));
        }),
        { numRuns: 1000 },
      );
    });
  }
});

describe("the health of a device's instruments", () => {
  const instrument = {
    name: "o",
    state: "failing",
    problems: ["silent"],
    facts: { supplyV: 5, firmware: "2.1" },
  };
  const info = (instruments: unknown) => encodeMessage({ ...MESSAGES.info.good, instruments });

  it("is part of its introduction, where it has any", () => {
    expect(decodeDeviceInfo(info([instrument])).instruments).toEqual([instrument]);
    expect(decodeDeviceInfo(encodeMessage(MESSAGES.info.good))).not.toHaveProperty("instruments");
  });

  it.each([
    ["no list", {}],
    ["too many", Array(MAX_ACK_ENTRIES + 1).fill(instrument)],
    ["nothing", [null]],
    ["another state", [{ ...instrument, state: "tired" }]],
    ["a long name", [{ ...instrument, name: "x".repeat(33) }]],
    ["a long problem", [{ ...instrument, problems: ["x".repeat(201)] }]],
    ["facts that are a list", [{ ...instrument, facts: null }]],
    ["a fact that is no text and no number", [{ ...instrument, facts: { a: {} } }]],
  ])("is refused when it is %s", (_, instruments) => {
    expect(() => decodeDeviceInfo(info(instruments))).toThrow("MALFORMED_MESSAGE");
  });
});

/** What JSON schema cannot say of an acknowledgement's ranges. */
function rangesAreInOrder(received: unknown): boolean {
  const { missing } = received as { missing?: [number, number][] };
  return missing === undefined || missing.every(([from, to]) => from <= to);
}
