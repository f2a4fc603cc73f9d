// `npm run bench [-- --json]`: how fast and how dear the system is, as ratios to something measured in the same run.
import { benchAdmission } from "./admission.ts";
import { benchGas } from "./gas.ts";
import { report } from "./report.ts";
import { benchTrees } from "./trees.ts";

await report(
  [
    { title: "Admission", run: () => benchAdmission({ tls: false }) },
    { title: "Trees", run: benchTrees },
    { title: "Gas", run: benchGas },
  ],
  { json: process.argv.includes("--json") },
);
