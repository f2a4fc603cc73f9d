import type { AnyPassage } from "../protocol/flow-attributes.ts";
import { decodeManifest } from "../protocol/manifest.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { isTraced, isTracing, pass, passReading, spanTimeMs } from "../telemetry/passages.ts";
import { traceOnLedger } from "../telemetry/trace-ids.ts";
import type { Store } from "./store.ts";

const SEALED = {
  activity: "provide-iot-data",
  flow: "anchor-batch",
  subRole: "service-provider",
  data: "batch",
  action: "created",
  deviceType: "Hosted service",
} as const satisfies AnyPassage;

/** Says that a batch was sealed, with which its trace begins, and of every traced reading that it went into it. */
export function passSealed({
  store,
  genesis,
  number,
}: {
  store: Store;
  genesis: string;
  number: number;
}): void {
  if (!isTracing()) return;
  const sinceMs = spanTimeMs();
  const { manifest } = store.batches.find(number)!;
  const trace = traceOnLedger("batch", { genesis, id: number });
  let readings = 0;
  for (const { streamId, from, to, holes } of decodeManifest(manifest).streams) {
    const device = store.streams.find(streamId)!.name;
    const lacking = new Set(holes.map(({ seq }) => seq));
    for (let seq = from; seq <= to; seq++) {
      if (lacking.has(seq)) continue;
      readings++;
      if (!isTraced(device, seq)) continue;
      const link = { device, seq, sinceMs, facts: { batch: number }, links: [trace] };
      passReading({ ...SEALED, data: "reading", action: "processed", bytes: FRAME_BYTES }, link);
    }
  }
  const facts = { batch: number, count: readings };
  const untilMs = spanTimeMs();
  pass({ ...SEALED, bytes: manifest.length }, { origin: trace, sinceMs, untilMs, facts });
}
