// `npm run bench:portal [-- --probes N] [--days N] [--samples N] [--json]`: how long the portal's read routes take, beside a bare
// Fastify route in the same run; and what a chart over a year costs a browser while it is pulled.
import { parseArgs } from "node:util";
import { chromium, isMissing } from "../real-components.ts";
import type { Measurement } from "./measurement.ts";
import { benchPanning } from "./panning.ts";
import { startPortalUnderTest } from "./portal-under-test.ts";
import { benchReadRoutes } from "./read-routes.ts";
import { report } from "./report.ts";

const PERIOD_MS = 600_000;

const { values } = parseArgs({
  options: {
    probes: { type: "string", default: "100" },
    days: { type: "string", default: "365" },
    samples: { type: "string", default: "300" },
    json: { type: "boolean", default: false },
  },
});
const [probes, days] = [Number(values.probes), Number(values.days)];

process.stderr.write(`filling a store: ${probes} probes, every ten minutes, ${days} days\n`);
const portal = await startPortalUnderTest({ probes, periodMs: PERIOD_MS, days });
const inBrowser = async (): Promise<Measurement[]> => {
  if (!isMissing(chromium)) return benchPanning(portal);
  process.stderr.write(`skipped: no Chromium; ${chromium.install}\n`);
  return [];
};
let measured = 0;
const last = async (run: () => Promise<Measurement[]>) => {
  const measurements = await run();
  measured++;
  // `report` ends the process; what was filled goes before.
  if (measured === 2) await portal[Symbol.asyncDispose]();
  return measurements;
};

await report(
  [
    {
      title: `Read routes over ${portal.readings.toLocaleString("en")} readings`,
      run: () => last(() => benchReadRoutes(portal, { samples: Number(values.samples) })),
    },
    { title: "A year's chart in Chromium", run: () => last(inBrowser) },
  ],
  values,
);
