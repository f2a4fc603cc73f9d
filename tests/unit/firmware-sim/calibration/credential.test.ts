import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCalibrationFolder } from "../../../../firmware-sim/calibration/calibration-folder.ts";
import {
  type CalibrationCredential,
  openCredential,
  sealCredential,
} from "../../../../firmware-sim/calibration/credential.ts";

const DAY_MS = 86_400_000;
const CREDENTIAL: CalibrationCredential = {
  version: 1,
  device: "0123456789abcdef",
  by: "Li Wei",
  at: "2026-07-01T08:00:00.000Z",
  standard: "air-saturated water, 25 °C",
  points: [{ metric: "oxygen", reference: 8.26, before: 7.9, after: 8.25 }],
  previous: null,
};
const atMs = Date.parse(CREDENTIAL.at);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-calibration-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a calibration credential", () => {
  it("is known by the hash of its exact bytes, whose first four are its serial", () => {
    const sealed = sealCredential(CREDENTIAL);
    expect(openCredential(sealed.bytes)).toEqual(sealed);
    expect(sealed.serial).toBe(Number.parseInt(sealed.sha256.slice(2, 10), 16));
    expect(sealCredential({ ...CREDENTIAL, by: "Li Wai" }).serial).not.toBe(sealed.serial);
  });

  it.each([
    ["nobody", { by: " " }],
    ["no standard", { standard: "" }],
    ["no time", { at: "yesterday" }],
    ["no point", { points: [] }],
    ["another metric", { points: [{ metric: "gold", reference: 1 }] }],
    ["no number", { points: [{ metric: "oxygen", reference: "8" }] }],
    ["another device", { device: "../../etc" }],
  ])("is refused with %s", (_, change) => {
    expect(() => sealCredential({ ...CREDENTIAL, ...change } as CalibrationCredential)).toThrow(
      "INVALID_ARGUMENT",
    );
  });

  it("is in force from the moment it lies in the folder, until a newer one does", async () => {
    const calibrations = openCalibrationFolder({ path: join(folder, "device"), everyMs: 90 * DAY_MS });
    expect(calibrations.state(atMs)).toEqual({ serial: 0, overdue: true });
    const first = sealCredential(CREDENTIAL);
    await calibrations.add(first);
    expect(calibrations.state(atMs + 1)).toMatchObject({ serial: first.serial, overdue: false });
    expect(calibrations.state(atMs + 91 * DAY_MS)).toMatchObject({ serial: first.serial, overdue: true });
    const second = sealCredential({ ...CREDENTIAL, at: "2026-09-01T08:00:00.000Z", previous: first.sha256 });
    await calibrations.add(second);
    await writeFile(join(folder, "device", "junk.json"), "{}");
    expect(calibrations.state(atMs + 91 * DAY_MS)).toMatchObject({ serial: second.serial, overdue: false });
  });
});
