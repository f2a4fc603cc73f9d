import { readdirSync, readFileSync } from "node:fs";
import { type Fragment, Interface } from "ethers";
import type { ContractName } from "./deployment.ts";

const ROOT = new URL("../artifacts/contracts/", import.meta.url);

/** The compiled contract behind each name of a deployment. */
const ARTIFACTS = {
  AccessManager: "access/Authority.sol/Authority.json",
  Pauses: "access/Pauses.sol/Pauses.json",
  DeviceRegistry: "identity/DeviceRegistry.sol/DeviceRegistry.json",
  Forwarder: "identity/Forwarder.sol/Forwarder.json",
  ConsentRegistry: "identity/ConsentRegistry.sol/ConsentRegistry.json",
  BatchLedger: "evidence/BatchLedger.sol/BatchLedger.json",
  OperatorBond: "evidence/OperatorBond.sol/OperatorBond.json",
  Challenges: "evidence/Challenges.sol/Challenges.json",
  WindowVerifier: "evidence/WindowVerifier.sol/WindowVerifier.json",
  RawWindows: "evidence/RawWindows.sol/RawWindows.json",
  FeedRegistry: "feeds/FeedRegistry.sol/FeedRegistry.json",
  Products: "insurance/Products.sol/Products.json",
  Policies: "insurance/Policies.sol/Policies.json",
  Evaluation: "insurance/Evaluation.sol/Evaluation.json",
  Claims: "insurance/Claims.sol/Claims.json",
  Disputes: "insurance/Disputes.sol/Disputes.json",
  Documents: "insurance/Documents.sol/Documents.json",
  PolicyholdersFund: "insurance/PolicyholdersFund.sol/PolicyholdersFund.json",
  Pool: "insurance/Pool.sol/Pool.json",
  Token: "settlement/TestToken.sol/TestToken.json",
} as const satisfies Record<ContractName, string>;

/** Functions, events and errors of a contract. */
export function interfaceOf(name: ContractName): Interface {
  return new Interface(abiIn(ARTIFACTS[name]));
}

/** The custom errors of all our contracts and libraries: a call may revert in any of them. */
export function readErrorInterface(): Interface {
  const errors = new Map<string, Fragment>();
  for (const path of readdirSync(ROOT, { recursive: true, encoding: "utf8" })) {
    if (!/\.sol[\\/][^\\/]+\.json$/.test(path)) continue;
    new Interface(abiIn(path)).forEachError((fragment) => {
      errors.set(fragment.selector, fragment);
    });
  }
  return new Interface([...errors.values()]);
}

function abiIn(path: string): Fragment[] {
  const artifact = JSON.parse(readFileSync(new URL(path.replaceAll("\\", "/"), ROOT), "utf8")) as {
    abi: Fragment[];
  };
  return artifact.abi;
}
