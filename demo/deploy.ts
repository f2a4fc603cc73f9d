import { type DeploymentParameters, DeploymentResultType, deploy } from "@nomicfoundation/ignition-core";
import hre from "hardhat";
import Pondproof from "../ignition/modules/Pondproof.ts";
import { type ContractName, type Deployment, parseDeployment } from "../ledger/deployment.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Chain } from "./chain.ts";

const RECEIPT_POLL_MS = 25;

/** Who holds which power from the first block on; addresses. */
export type Holders = Record<
  | "registrar"
  | "operator"
  | "insurer"
  | "claimsOfficer"
  | "secondClaimsOfficer"
  | "arbiter"
  | "guardian"
  | "secondGuardian"
  | "governor"
  | "tokenOwner",
  string
>;

/** Names that the Ignition module gives its contracts, and those that everybody else reads. */
const NAMES: Record<keyof typeof Pondproof.results, ContractName> = {
  accessManager: "AccessManager",
  pauses: "Pauses",
  deviceRegistry: "DeviceRegistry",
  batchLedger: "BatchLedger",
  operatorBond: "OperatorBond",
  challenges: "Challenges",
  windowVerifier: "WindowVerifier",
  rawWindows: "RawWindows",
  products: "Products",
  policies: "Policies",
  evaluation: "Evaluation",
  claims: "Claims",
  disputes: "Disputes",
  policyholdersFund: "PolicyholdersFund",
  pool: "Pool",
  token: "Token",
};

/** Deploys everything to the demo's ledger, from its first account, keeping no journal: a broken run deploys again. */
export async function deployPondproof(chain: Chain, holders: Holders): Promise<Deployment> {
  const accounts = await chain.call<string[]>("eth_accounts");
  const firstBlock = Number(await chain.call<string>("eth_blockNumber"));
  const result = await deploy({
    config: { blockPollingInterval: RECEIPT_POLL_MS, requiredConfirmations: 1 },
    artifactResolver: {
      loadArtifact: (name) => hre.artifacts.readArtifact(name) as never,
      getBuildInfo: async () => undefined,
    },
    provider: { request: ({ method, params }) => chain.call(method, params as unknown[]) },
    ignitionModule: Pondproof,
    deploymentParameters: { Pondproof: holders } as DeploymentParameters,
    accounts,
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new PondproofError("LEDGER_NOT_DEPLOYED", { result });
  }
  const genesis = (await chain.call<{ hash: string }>("eth_getBlockByNumber", ["0x0", false])).hash;
  const contracts = Object.entries(NAMES).map(([name, known]) => [
    known,
    result.contracts[Pondproof.results[name as keyof typeof NAMES].id]?.address,
  ]);
  return parseDeployment({
    chainId: chain.chainId,
    rpc: chain.rpc,
    firstBlock,
    genesis,
    contracts: Object.fromEntries(contracts),
  });
}
