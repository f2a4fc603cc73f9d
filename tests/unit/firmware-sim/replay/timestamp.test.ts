import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTimestamp, parseZone } from "../../../../firmware-sim/replay/timestamp.ts";

describe("parseTimestamp", () => {
  it.each([
    ["2012-08-10 06:00:00", { zoneMinutes: -300 }, "2012-08-10T11:00:00.000Z"],
    ["2021-11-27T18:26:59.955592249Z", {}, "2021-11-27T18:26:59.955Z"],
    ["2021-11-27T18:26:59+08:00", { zoneMinutes: 0 }, "2021-11-27T10:26:59.000Z"],
    ["7/2/2021 0:15", { zoneMinutes: -360, dateOrder: "mdy" }, "2021-07-02T06:15:00.000Z"],
    ["7/2/2021 0:15", { zoneMinutes: -360, dateOrder: "dmy" }, "2021-02-07T06:15:00.000Z"],
    ["2021-06-25 15:14:07 CET", { zoneMinutes: 60 }, "2021-06-25T14:14:07.000Z"],
    ["2025-07-09 11:10:00", { zoneMinutes: -240 }, "2025-07-09T15:10:00.000Z"],
  ] as const)("reads %s with %j", (text, form, iso) => {
    expect(new Date(parseTimestamp(text, form)!).toISOString()).toBe(iso);
  });

  it.each([
    ["2012-08-10 06:00:00", {}],
    ["2021-06-25 15:14:07 CET", {}],
    ["7/2/2021 0:15", { zoneMinutes: 0 }],
    ["7/11/2021", { zoneMinutes: 0, dateOrder: "dmy" }],
    ["2021-02-30 00:00:00", { zoneMinutes: 0 }],
    ["2021-02-03 24:00:00", { zoneMinutes: 0 }],
    ["", { zoneMinutes: 0 }],
    ["yesterday", { zoneMinutes: 0 }],
  ] as const)("refuses %j with %j", (text, form) => {
    expect(parseTimestamp(text, form)).toBeUndefined();
  });

  it("reads back every time that it is given", () => {
    const times = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
    const zones = fc.integer({ min: -12 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(times, zones, (timeMs, zoneMinutes) => {
        const local = new Date(timeMs + zoneMinutes * 60_000).toISOString().slice(0, -1);
        expect(parseTimestamp(local, { zoneMinutes })).toBe(timeMs);
      }),
    );
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseTimestamp(text, { zoneMinutes: 0, dateOrder: "mdy" });
      }),
    );
  });
});

describe("parseZone", () => {
  it.each([
    ["-05:00", -300],
    ["+0800", 480],
    ["Z", 0],
    ["UTC", 0],
    ["EST", undefined],
    ["+25:00", undefined],
    ["+01:75", undefined],
  ])("reads %s as %s", (text, minutes) => {
    expect(parseZone(text)).toBe(minutes);
  });
});
