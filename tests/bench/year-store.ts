import { randomBytes } from "node:crypto";
import { openStore } from "../../edge/store.ts";
import { concatBytes, toHex } from "../../protocol/bytes.ts";
import { encodeRecord, FLAG, SIGNATURE_BYTES } from "../../protocol/record.ts";
import { deviceId } from "../../protocol/signature.ts";

const DAY_MS = 86_400_000;
const PER_TRANSACTION = 20_000;
const NO_PREV = new Uint8Array(32);

/**
 * Fills a gateway's store with what so many probes measured up to a time: oxygen that comes and goes with the day. The
 * signatures are none, since whoever reads a store does not check them.
 */
export function fillStore({
  path,
  publicKeys,
  periodMs,
  fromMs,
  toMs,
}: {
  path: string;
  publicKeys: readonly Uint8Array[];
  periodMs: number;
  fromMs: number;
  toMs: number;
}): number {
  const store = openStore({ path });
  const clockRow = store.clocks.rowOf({ trust: { trusted: false, reason: "bench" }, earliestMs: 0 });
  const signature = randomBytes(SIGNATURE_BYTES);
  const rows = publicKeys.map((publicKey) => {
    const device = deviceId(publicKey);
    return {
      device,
      row: store.devices.add({ device: toHex(device).slice(2), publicKey, periodMs, approvedAtMs: fromMs })
        .row,
    };
  });
  const times = Math.floor((toMs - fromMs) / periodMs);
  const perTransaction = Math.max(1, Math.floor(PER_TRANSACTION / rows.length));
  for (let begin = 0; begin < times; begin += perTransaction) {
    store.transaction(() => {
      for (let seq = begin; seq < Math.min(begin + perTransaction, times); seq++)
        rows.forEach(({ device, row }, i) => {
          const timeMs = fromMs + seq * periodMs + i;
          const oxygen = 6 + 3 * Math.cos((2 * Math.PI * timeMs) / DAY_MS) + 0.01 * (i % 7);
          const record = encodeRecord({
            flags: FLAG.simulated,
            device,
            beacon: 0,
            seq,
            timeMs,
            calibration: 0,
            values: [oxygen, 27, null, null, null, null, 5, null],
            prev: NO_PREV,
          });
          const frame = concatBytes(record, signature);
          store.positions.addReading({ row, seq, timeMs, receivedAtMs: timeMs + 300, clockRow, frame });
        });
    });
  }
  // What is made of the evidence is not what is measured here: as if it had been made as the readings came.
  store.setSetting("follower.quality", String(times * rows.length));
  store.close();
  return times * rows.length;
}
