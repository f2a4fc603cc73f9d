import { createSecretReader, KEY, TOKEN } from "../service/secrets.ts";
import type { OracleConfig } from "./config.ts";

/** What the oracle needs to know and nobody else may. */
export type Secrets = {
  feedToken: string;
  operatorKey: string;
  agentKey: string | undefined;
  auditorTokens: string[];
};

/**
 * Reads all secrets of a configuration.
 * @throws CONFIG_INVALID with all mistakes; it names where a secret should be, never what is there
 */
export async function readSecrets(config: OracleConfig, env: NodeJS.ProcessEnv): Promise<Secrets> {
  const { read, finish } = createSecretReader(env);
  const secrets: Secrets = {
    feedToken: await read("/feed/token", config.feed.token, TOKEN),
    operatorKey: await read("/operatorKey", config.operatorKey, KEY),
    agentKey: config.agentKey && (await read("/agentKey", config.agentKey, KEY)),
    auditorTokens: await Promise.all(
      config.auditorTokens.map((source, i) => read(`/auditorTokens/${i}`, source, TOKEN)),
    ),
  };
  finish();
  return secrets;
}
