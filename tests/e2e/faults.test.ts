import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { surviveFaults, surviveOutages } from "../faults/faults.ts";
import type { Survival } from "../faults/survive.ts";
import { anvil, isMissing, mosquitto } from "../real-components.ts";

/** `.ci/run` asks for 60, `npm run faults` for as many as one likes. */
const FAULTS = Number(process.env.POND_FAULTS ?? 20);
/** Readings of a probe in a day, one a minute; the quick profile takes an hour. */
const OUTAGE_READINGS = FAULTS > 20 ? 1_440 : 60;
/** With a Mosquitto beside the gateway, which is one more that can be killed. */
const FAULTS_WITH_MOSQUITTO = FAULTS > 20 ? FAULTS / 2 : 10;
const SEED = Number(process.env.POND_SEED ?? Math.floor(Math.random() * 2 ** 31));

const newFolder = () => mkdtemp(join(tmpdir(), "pondproof-faults-"));

function expectNothingLost({ signed, stored, inTrees, onLedger, twice, holes }: Survival): void {
  expect({ stored, inTrees, onLedger, twice, holes }).toEqual({
    stored: signed,
    inTrees: signed,
    onLedger: signed,
    twice: 0,
    holes: 0,
  });
}

describe.skipIf(isMissing(anvil))("every reading, from probe to ledger, is there exactly once", () => {
  it(`though ${FAULTS} times something is killed, cut or re-organised (seed ${SEED})`, {
    timeout: 120_000 + FAULTS * 5_000,
  }, async () => {
    const folder = await newFolder();
    expectNothingLost(await surviveFaults({ folder, faults: FAULTS, seed: SEED, say: () => undefined }));
  });

  it.skipIf(isMissing(mosquitto))(
    `though ${FAULTS_WITH_MOSQUITTO} times the broker beside the gateway, or anything else, is killed or cut (seed ${SEED})`,
    { timeout: 120_000 + FAULTS_WITH_MOSQUITTO * 5_000 },
    async () => {
      const folder = await newFolder();
      const faults = FAULTS_WITH_MOSQUITTO;
      const broker = "mosquitto" as const;
      expectNothingLost(await surviveFaults({ folder, faults, seed: SEED, broker, say: () => undefined }));
    },
  );

  it(`though each wire is cut while every probe takes ${OUTAGE_READINGS} readings`, {
    timeout: 180_000,
  }, async () => {
    const survival = await surviveOutages({ folder: await newFolder(), readings: OUTAGE_READINGS });
    expect(survival.signed).toBeGreaterThan(3 * OUTAGE_READINGS);
    expectNothingLost(survival);
  });
});
