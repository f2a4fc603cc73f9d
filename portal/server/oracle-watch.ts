import { setTimeout as pause } from "node:timers/promises";
import { Ajv } from "ajv";
import type { Deployment, SourceState } from "../api.ts";
import type { Upstream } from "./upstream.ts";

const EVERY_MS = 2_000;

const isDeployment = new Ajv().compile<Deployment>({
  type: "object",
  required: ["chainId", "rpc", "firstBlock", "contracts"],
  properties: {
    chainId: { type: "integer", minimum: 1 },
    rpc: { type: "string", pattern: "^https?://" },
    firstBlock: { type: "integer", minimum: 0 },
    contracts: {
      type: "object",
      required: ["BatchLedger", "DeviceRegistry", "Policies", "Claims"],
      additionalProperties: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" },
    },
  },
});

/** Whether the oracle answers, and what it says it is deployed on. */
export type OracleWatch = {
  /** Asks again and again until the signal. */
  run(signal: AbortSignal): Promise<void>;
  deployment(): Deployment | undefined;
  state(): SourceState;
};

export function createOracleWatch({
  oracle,
  now,
  onState,
}: {
  oracle: Upstream;
  now: () => number;
  /** Called when the oracle is lost and when it is back. */
  onState: (state: SourceState & { detail: string }) => void;
}): OracleWatch {
  let deployment: Deployment | undefined;
  let state: SourceState = { up: false, sinceMs: now() };

  const become = (up: boolean, detail: string) => {
    if (state.up === up) return;
    state = { up, sinceMs: now() };
    onState({ ...state, detail });
  };

  return {
    deployment: () => deployment,
    state: () => state,
    async run(signal) {
      while (!signal.aborted) {
        // Asked every time: a chain that forgot is deployed anew, at other addresses.
        const answer = await oracle.json("/api/v1/deployment", { signal });
        if (signal.aborted) return;
        if (!answer.ok) become(false, answer.detail);
        else if (!isDeployment(answer.value)) become(false, "the oracle's deployment is none");
        else {
          deployment = answer.value;
          become(true, "connected");
        }
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
