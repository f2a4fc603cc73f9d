import { writeSync } from "node:fs";
import { readDeployment } from "../../../../ledger/deployment.ts";
import { silentLog } from "../../../../oracle/log.ts";
import { createArchiveClient } from "../../../../oracle/replica/archive-client.ts";
import { createWatcher } from "../../../../oracle/watcher/watcher.ts";

// A watcher that kills itself, as a power cut would, after the first step of a case; run by kill.test.ts.

const [deploymentPath, archiveUrl, token, dir, key] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const archive = createArchiveClient({ url: archiveUrl, token });
const watcher = createWatcher({
  ledger: { deployment: await readDeployment(deploymentPath), pollingIntervalMs: 5 },
  key,
  sources: [archive],
  claimed: archive,
  dir,
  http: { host: "127.0.0.1", port: 0, tokens: [token] },
  pollIntervalMs: 5,
  log: silentLog,
  onCaseStep(step) {
    writeSync(1, `${step}\n`);
    process.kill(process.pid, "SIGKILL");
  },
});
await watcher.start();
