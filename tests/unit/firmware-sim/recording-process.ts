import { openFileKey } from "../../../firmware-sim/key.ts";
import { openOutbox } from "../../../firmware-sim/outbox.ts";
import { createRecorder } from "../../../firmware-sim/recorder.ts";
import { deviceId } from "../../../protocol/signature.ts";

// Records without end, says each number that it has signed, and frees a part, until somebody kills it.
const [keyPath, outboxPath] = process.argv.slice(2) as [string, string];
const signer = await openFileKey(keyPath);
const outbox = openOutbox({ path: outboxPath }).device(deviceId(signer.publicKey));
const recorder = createRecorder({ signer, outbox });
await recorder.signPending();
for (;;) {
  const { nextSeq } = outbox.head();
  await recorder.keep({
    timeMs: 1_784_000_000_000 + nextSeq * 1000,
    values: [6, 29, null, null, null, null, null, null],
    simulated: true,
  });
  process.stdout.write(`${nextSeq}\n`);
}
