// `npm run faults`: breaks a running system at random moments and counts what came through.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { surviveFaults } from "./faults.ts";

const HELP = `Usage: npm run faults -- [--faults N] [--seed N] [--mosquitto]

Runs probes, gateway, oracle and ledger as processes of their own. At random moments it kills one of them and starts it
again, cuts the wire between two and mends it, or lets the ledger replace its last blocks; then it counts the readings
signed, stored, in the trees and on the ledger.

  --faults N   how many of these (300)
  --seed N     the same row again; without it another one each time
  --mosquitto  with a Mosquitto beside the gateway, which is killed too, instead of the gateway's own broker
  --help       prints this

Ends with 1 when a reading was lost or is somewhere twice.
`;

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "300" },
    seed: { type: "string" },
    mosquitto: { type: "boolean", default: false },
    help: { type: "boolean" },
  },
});
if (values.help) process.stdout.write(HELP);
else {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-faults-"));
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`seed ${seed}, data and logs in ${folder}`);
  const report = await surviveFaults({
    folder,
    faults: Number(values.faults),
    seed,
    broker: values.mosquitto ? "mosquitto" : "embedded",
    say,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  const { signed, stored, inTrees, onLedger, twice, holes } = report;
  const isWhole = [stored, inTrees, onLedger].every((count) => count === signed);
  process.exitCode = isWhole && twice === 0 && holes === 0 ? 0 : 1;
}
