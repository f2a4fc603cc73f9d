import { readDeployment } from "../../../../ledger/deployment.ts";
import { createPeer } from "../../../../oracle/feeds/peers.ts";
import { startReporter, TOKEN } from "./reporters.ts";

// A reporter that kills itself, as a power cut would, when its report reaches a step; run by service.test.ts.

const [deploymentPath, url, peerUrl, dir, nowMs, dieAt] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];

const deployment = await readDeployment(deploymentPath);
await startReporter(
  { deployment },
  {
    i: 0,
    url,
    dir,
    clock: { now: () => Number(nowMs) },
    peers: [createPeer({ url: peerUrl, token: TOKEN })],
    onStep(step) {
      if (step === dieAt) process.kill(process.pid, "SIGKILL");
    },
  },
);
