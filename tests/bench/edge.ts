// `npm run bench:edge [-- --seconds N] [--json]`: a gateway beside a hundred probes.
import { parseArgs } from "node:util";
import { benchAdmission } from "./admission.ts";
import { benchHundredProbes } from "./hundred-probes.ts";
import { report } from "./report.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, json: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);

await report(
  [
    { title: "Admission in the clear", run: () => benchAdmission({ tls: false }) },
    { title: "Admission through TLS, with client certificates", run: () => benchAdmission({ tls: true }) },
    {
      title: `A hundred probes at 1 Hz for ${seconds} s, gateway on one core`,
      run: () => benchHundredProbes({ seconds }),
    },
  ],
  values,
);
