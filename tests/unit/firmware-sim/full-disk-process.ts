import { openFileKey } from "../../../firmware-sim/key.ts";
import { openNumberReserve } from "../../../firmware-sim/number-reserve.ts";
import { openOutbox } from "../../../firmware-sim/outbox.ts";
import { createRecorder } from "../../../firmware-sim/recorder.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import { deviceId } from "../../../protocol/signature.ts";

// Records until it is killed, on a disk that may fill: says each number that is durable, and each refusal.
const [keyPath, outboxPath] = process.argv.slice(2) as [string, string];
const signer = await openFileKey(keyPath);
const outbox = openOutbox({ path: outboxPath }).device(deviceId(signer.publicKey));
const { reserve } = await openNumberReserve(`${outboxPath}.numbers`);
const recorder = createRecorder({ signer, outbox, reserve });
let timeMs = 1_784_000_000_000 + outbox.head().nextSeq * 1_000;
for (;;) {
  timeMs += 1_000;
  const values = [6, 29, null, null, null, null, null, null];
  const { nextSeq } = outbox.head();
  try {
    await recorder.signPending();
    await recorder.keep({ timeMs, values, simulated: true });
    process.stdout.write(`kept ${nextSeq}\n`);
  } catch (error) {
    if (!isPondproofError(error, "OUTBOX_WRITE_FAILED")) throw error;
    process.stdout.write(`refused ${nextSeq}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
