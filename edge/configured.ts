import { createSecretReader, PASSWORD, type SecretReader } from "../service/secrets.ts";
import type { BrokerTlsFiles, GatewayConfig, TlsFiles } from "./config.ts";
import type { GatewayOptions } from "./options.ts";

/** What a configuration file leaves to the program. */
type Given = Pick<GatewayOptions, "clock" | "clockTrust" | "steadyNow" | "log">;

const DAY_MS = 86_400_000;

/**
 * The options that a configuration stands for, with its secrets and certificates read.
 * @throws CONFIG_INVALID with everything that is missing
 */
export async function optionsOf(
  config: GatewayConfig,
  env: NodeJS.ProcessEnv,
  given: Given,
): Promise<GatewayOptions> {
  const { site, dataDir, holdingMs, ponds, utcOffsetMinutes, homeAssistant, batch, limits } = config;
  const { http, broker, outsideBroker, influx } = config;
  const secrets = createSecretReader(env);
  const brokerTls = broker.tls && (await readBrokerTls(secrets, "/broker/tls", broker.tls));
  const outsideTls = outsideBroker?.tls && (await readTls(secrets, "/outsideBroker/tls", outsideBroker.tls));
  const observerToken =
    broker.observerToken && (await secrets.read("/broker/observerToken", broker.observerToken, PASSWORD));
  const token = await secrets.read("/http/token", http.token, PASSWORD);
  const targets = await Promise.all(
    (config.alarms.targets ?? []).map(async ({ secret, ...target }, i) => ({
      ...target,
      secret: await secrets.read(`/alarms/targets/${i}/secret`, secret, PASSWORD),
    })),
  );
  const { password, ...series } = influx ?? {};
  const influxPassword = password && (await secrets.read("/influx/password", password, PASSWORD));
  secrets.finish();
  return {
    ...given,
    site,
    dataDir,
    holdingMs,
    ponds,
    utcOffsetMinutes,
    homeAssistant,
    batch,
    limits,
    token,
    earliestMs: Date.parse(config.earliest),
    host: broker.host,
    httpHost: http.host,
    ports: { mqtt: broker.port, http: http.port },
    ...(brokerTls === undefined ? {} : { tls: brokerTls }),
    ...(observerToken === undefined ? {} : { observerToken }),
    ...(outsideBroker === undefined
      ? {}
      : {
          outsideBroker: {
            url: outsideBroker.url,
            ...(outsideTls === undefined ? {} : { tls: outsideTls }),
          },
        }),
    alarms: { ...(config.alarms.rules === undefined ? {} : { rules: config.alarms.rules }), targets },
    keepAlarmsMs: config.keepAlarmsDays * DAY_MS,
    minFreeBytes: config.minFreeMegabytes * 2 ** 20,
    ...(influx === undefined
      ? {}
      : {
          influx: {
            ...(series as Omit<typeof influx, "password">),
            ...(influxPassword === undefined ? {} : { password: influxPassword }),
          },
        }),
  };
}

async function readBrokerTls(secrets: SecretReader, path: string, { crl, ...files }: BrokerTlsFiles) {
  const tls = await readTls(secrets, path, files);
  return crl === undefined ? tls : { ...tls, crl: await secrets.text(`${path}/crl`, crl) };
}

async function readTls(secrets: SecretReader, path: string, { ca, cert, key }: TlsFiles) {
  return {
    ca: await secrets.text(`${path}/ca`, ca),
    cert: await secrets.text(`${path}/cert`, cert),
    key: await secrets.text(`${path}/key`, key),
  };
}
