import { writeSync } from "node:fs";
import { readDeployment } from "../../../ledger/deployment.ts";
import { createFeedClient } from "../../../oracle/feed-client.ts";
import { silentLog } from "../../../oracle/log.ts";
import { createOracle } from "../../../oracle/oracle.ts";

// An oracle that kills itself, as a power cut would, when a batch reaches a step; run by kill.test.ts.

const [deploymentPath, feedUrl, token, dir, operatorKey, dieAt] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];

const oracle = createOracle({
  feed: createFeedClient({ url: feedUrl, token }),
  ledger: { deployment: await readDeployment(deploymentPath), pollingIntervalMs: 5 },
  operatorKey,
  dir,
  clock: { now: () => Date.UTC(2030, 0, 1) },
  batch: { maxReadings: 10, maxAgeMs: 0 },
  http: { host: "127.0.0.1", port: 0, tokens: [token] },
  pollIntervalMs: 5,
  log: silentLog,
  onAnchorStep(step, number) {
    writeSync(1, `${step}:${number}\n`);
    if (`${step}:${number}` === dieAt) process.kill(process.pid, "SIGKILL");
  },
});
await oracle.start();
