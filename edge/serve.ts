import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { fromHex } from "../protocol/bytes.ts";
import { createServiceManager } from "../service/service-manager.ts";
import { systemClock } from "../service/system-clock.ts";
import { traceByEnvironment } from "../telemetry/tracing.ts";
import { createFileTrust } from "./clock-trust.ts";
import type { GatewayConfig } from "./config.ts";
import { optionsOf } from "./configured.ts";
import { createGateway } from "./gateway.ts";
import { errorFacts, type Log } from "./log.ts";

const TRUST_CHECK_MS = 10_000;

/** Runs a gateway on the machine's clock until SIGTERM or SIGINT. */
export async function serve(config: GatewayConfig, env: NodeJS.ProcessEnv): Promise<void> {
  const log = pino({ name: "gateway" });
  const steadyNow = () => performance.now();
  const clock = createFileTrust({ file: config.clockSynchronisedFile, now: systemClock.now, steadyNow });
  await clock.refresh();
  const manager = createServiceManager(env);
  const tracing = traceByEnvironment("gateway", env);

  const ending = new AbortController();
  const { signal } = ending;
  const stopped = Promise.race([endOf("SIGTERM", signal), endOf("SIGINT", signal)]);
  await using gateway = createGateway(
    await optionsOf(config, env, { clock: systemClock, clockTrust: clock.trust, steadyNow, log }),
  );
  await gateway.start();
  for (const { publicKey, periodMs, revokedFromMs } of config.devices) {
    const device = gateway.pair({ publicKey: fromHex(publicKey, 64), periodMs });
    if (revokedFromMs !== undefined) gateway.revoke({ device, fromMs: revokedFromMs });
  }
  log.info({ site: config.site, ...gateway.ports, devices: config.devices.length }, "the gateway is up");

  const watching = [every(TRUST_CHECK_MS, clock.refresh, { signal, log })];
  // A gateway that works is not ended because nobody could be told.
  const tell = (message: () => Promise<void>) =>
    message().catch((error: unknown) => log.warn(errorFacts(error), "the service manager does not hear"));
  const told = tell(manager.ready);
  // Said from the event loop that also admits frames: when that hangs, this falls silent.
  if (manager.watchdogMs !== undefined)
    watching.push(every(manager.watchdogMs, manager.alive, { signal, log }));
  const cause = await stopped;
  log.info({ signal: cause }, "the gateway stops");
  ending.abort();
  await Promise.all([told, ...watching]);
  await tell(manager.stopping);
  await tracing?.stop();
}

async function endOf(name: NodeJS.Signals, over: AbortSignal): Promise<string> {
  await once(process, name, { signal: over }).catch((error: unknown) => {
    if (!over.aborted) throw error;
  });
  return name;
}

async function every(
  intervalMs: number,
  work: () => Promise<void>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await sleep(intervalMs, undefined, { signal });
      await work();
    } catch (error) {
      if (!signal.aborted) log.warn(errorFacts(error), "what comes round has failed; it goes on");
    }
  }
}
