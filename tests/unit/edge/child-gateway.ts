// A gateway in a process of its own, to be killed. Arguments: the folder of the store, and public keys as hex.
import { createGateway } from "../../../edge/gateway.ts";
import { silentLog } from "../../../edge/log.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { createManualClock } from "../../factories.ts";

const [dataDir, ...publicKeys] = process.argv.slice(2);
const gateway = createGateway({
  site: "huzhou",
  dataDir: dataDir!,
  clock: createManualClock(1_750_100_000_000),
  ports: { mqtt: 0, http: 0 },
  earliestMs: 0,
  holdingMs: 600_000,
  token: "unused",
  clockTrust: () => ({ trusted: true, source: "test", errorBoundMs: 1 }),
  log: silentLog,
  batch: { windowMs: 1, maxFrames: 16 },
});
await gateway.start();
for (const publicKey of publicKeys) gateway.pair({ publicKey: fromHex(publicKey), periodMs: 1_000 });
process.send?.(gateway.ports.mqtt);
