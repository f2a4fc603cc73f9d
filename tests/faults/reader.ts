// Probes in a process of their own, to be killed. Arguments: the folder, the broker's URL, the site, how many probes, and
// their period in ms; 0 takes no more readings and only delivers. Ends by itself when everything is acknowledged.
import { setTimeout as sleep } from "node:timers/promises";
import { createMqttWire } from "../../firmware-sim/mqtt-wire.ts";
import { openOutbox } from "../../firmware-sim/outbox.ts";
import { createProbe } from "../../firmware-sim/probe.ts";
import type { Source } from "../../firmware-sim/source.ts";
import { systemClock } from "../../service/system-clock.ts";
import { outboxFile, signersIn } from "./folder.ts";

const [folder, url, site, count, period] = process.argv.slice(2) as [string, string, string, string, string];
const periodMs = Number(period);
const DELIVERED_CHECK_MS = 20;
const RESEND_AFTER_MS = 300;

const source: Source = {
  sample: async ({ timeMs }) =>
    periodMs === 0
      ? "end"
      : [
          {
            timeMs,
            values: [6 + Math.sin(timeMs / 60_000), 26.5, null, null, null, null, null, null],
            simulated: true,
          },
        ],
};

const ending = new AbortController();
const outbox = openOutbox({ path: outboxFile(folder) });
const probes = (await signersIn(folder, Number(count))).map((signer) =>
  createProbe({
    site,
    signer,
    source,
    outbox,
    wire: createMqttWire({ url, site, signer, clock: systemClock, timeoutMs: 1_000 }),
    metrics: ["oxygen", "temperature"],
    periodMs: periodMs || 1,
    clock: systemClock,
    networkClock: systemClock,
    resendAfterMs: RESEND_AFTER_MS,
  }),
);
const running = Promise.all(probes.map((probe) => probe.run(ending.signal)));
while (periodMs > 0 || probes.some((probe) => probe.stats().waiting > 0)) await sleep(DELIVERED_CHECK_MS);
ending.abort();
await running;
await outbox[Symbol.asyncDispose]();
