import { existsSync } from "node:fs";
import { deployPondproof } from "../ignition/deploy-pondproof.ts";
import { addressOfKey, connectLedger, type Ledger } from "../ledger/client.ts";
import { type Deployment, readDeployment, writeDeployment } from "../ledger/deployment.ts";
import { toHex } from "../protocol/bytes.ts";
import { isPondproofError } from "../protocol/errors.ts";
import { keccak } from "../protocol/hash.ts";
import type { Hex } from "../protocol/terms.ts";
import type { Chain } from "./chain.ts";
import type { DataDir } from "./data-dir.ts";
import { enroll } from "./enroll.ts";
import { ACTORS, type Actor, actorKey, deriveKey, REPORTERS } from "./keys.ts";
import type { DataKind } from "./policy.ts";
import type { DemoProbe } from "./ponds.ts";
import { areaMuOf, farmOf } from "./water.ts";

const POLLING_MS = 50;
const DEPLOYING_POLL_MS = 25;

/** The contracts of a run, and the policies in force on them. */
export type LedgerSite = {
  ledger: Ledger;
  deployment: Deployment;
  /** `known`: as the folder remembers it; `forgot`: deployed again on a ledger that no longer had it; `new`: first time. */
  origin: "known" | "forgot" | "new";
};

/** A pond's opaque id on the ledger: salted, since the names of ponds can be guessed. */
export function ledgerPondId(secret: Uint8Array, pond: string): Hex {
  return toHex(keccak(deriveKey(secret, `pond/${pond}`)));
}

/** Finds the run's contracts on the ledger, or deploys them and brings the policies into force. */
export async function settleLedger({
  chain,
  dataDir,
  probes,
  data,
  signal,
}: {
  chain: Chain;
  dataDir: DataDir;
  probes: readonly DemoProbe[];
  data: DataKind;
  signal: AbortSignal;
}): Promise<LedgerSite> {
  const file = dataDir.file("deployment.json");
  const remembered = existsSync(file) ? await readDeployment(file) : undefined;
  if (remembered !== undefined) {
    // The port may be another one after a restart, the contracts are not.
    const deployment = { ...remembered, rpc: chain.rpc };
    try {
      return {
        ledger: await connectLedger({ deployment, pollingIntervalMs: POLLING_MS }),
        deployment,
        origin: "known",
      };
    } catch (error) {
      if (!isPondproofError(error, "LEDGER_FORGOT") && !isPondproofError(error, "LEDGER_NOT_DEPLOYED"))
        throw error;
    }
  }
  const address = (actor: Actor) => addressOfKey(actorKey(dataDir.secret, actor));
  for (const actor of ACTORS) await chain.fund(address(actor));
  const choice = {
    registrar: address("registrar"),
    operator: address("operator"),
    insurer: address("insurer"),
    claimsOfficer: address("officer"),
    secondClaimsOfficer: address("second-officer"),
    arbiter: address("arbiter"),
    guardian: address("guardian"),
    secondGuardian: address("second-guardian"),
    governor: address("governor"),
    reporters: REPORTERS.map(address),
    tokenOwner: address("treasury"),
  };
  const deployment = await deployPondproof({
    request: chain.call,
    rpc: chain.rpc,
    choice,
    pollingIntervalMs: DEPLOYING_POLL_MS,
  });
  const ledger = await connectLedger({ deployment, pollingIntervalMs: POLLING_MS });
  const ponds = [...new Set(probes.map(({ pond }) => pond))].map((pond) => ({
    pondId: ledgerPondId(dataDir.secret, pond),
    waterBody: ledgerPondId(dataDir.secret, `water of ${farmOf(pond)}`),
    areaMu: areaMuOf(pond),
    farmer: farmOf(pond) === "linghu" ? ("farmer-linghu" as const) : ("farmer-huzhou" as const),
    data,
    probes: probes.filter((probe) => probe.pond === pond).map(({ signer }) => signer),
  }));
  await enroll({ ledger, secret: dataDir.secret, ponds, signal });
  // Last, so that a folder either knows a deployment with its policies in force, or none.
  await writeDeployment(file, deployment);
  return { ledger, deployment, origin: remembered === undefined ? "new" : "forgot" };
}
