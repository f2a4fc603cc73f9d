import {
  type DeploymentParameters,
  DeploymentResultType,
  deploy,
  FutureType,
} from "@nomicfoundation/ignition-core";
import hre from "hardhat";
import { type ContractName, type Deployment, parseDeployment } from "../ledger/deployment.ts";
import { PondproofError } from "../protocol/errors.ts";
import Pondproof, { PondproofOnToken } from "./modules/Pondproof.ts";

/** Who holds which power from the first block on; addresses. */
export const HOLDERS = [
  "registrar",
  "operator",
  "insurer",
  "claimsOfficer",
  "secondClaimsOfficer",
  "arbiter",
  "guardian",
  "secondGuardian",
  "governor",
] as const;

/** The powers, and the money: an ERC-20 that is there, or the owner of a test token that is deployed beside the rest. */
export type DeploymentChoice = Record<(typeof HOLDERS)[number], string> &
  ({ token: string } | { tokenOwner: string }) & {
    /** Who signs what weather and prices were, in any order; more than half of them decide. */
    reporters: string[];
    governorDelaySeconds?: number;
  };

/** Calls a JSON-RPC method of the node; accounts of `eth_accounts` can send. */
export type Request = (method: string, params?: unknown[]) => Promise<unknown>;

/** Names that the Ignition module gives its contracts, and those that everybody else reads. */
const NAMES: Record<keyof typeof Pondproof.results, ContractName> = {
  accessManager: "AccessManager",
  pauses: "Pauses",
  deviceRegistry: "DeviceRegistry",
  forwarder: "Forwarder",
  consentRegistry: "ConsentRegistry",
  batchLedger: "BatchLedger",
  operatorBond: "OperatorBond",
  challenges: "Challenges",
  windowVerifier: "WindowVerifier",
  rawWindows: "RawWindows",
  feedRegistry: "FeedRegistry",
  products: "Products",
  policies: "Policies",
  evaluation: "Evaluation",
  claims: "Claims",
  disputes: "Disputes",
  policyholdersFund: "PolicyholdersFund",
  documents: "Documents",
  pool: "Pool",
  token: "Token",
};

// Of the RIP-7212 / EIP-7951 test vectors: a valid signature, so that the answer is a word with the value 1.
const P256_CALL = {
  to: "0x0000000000000000000000000000000000000100",
  data: `0x${[
    "bb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023",
    "2ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18",
    "4cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76",
    "2927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838",
    "c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e",
  ].join("")}`,
};

/**
 * Deploys everything from the node's first account and puts it into force, keeping no journal: a broken run deploys
 * again. `onProgress` hears what happens. Nothing is sent to a chain that cannot check P-256 signatures.
 * @throws LEDGER_WITHOUT_P256, LEDGER_NOT_DEPLOYED with the facts of Ignition
 */
export async function deployPondproof({
  request,
  rpc,
  choice,
  pollingIntervalMs,
  requiredConfirmations = 1,
  onProgress,
}: {
  request: Request;
  rpc: string;
  choice: DeploymentChoice;
  pollingIntervalMs: number;
  requiredConfirmations?: number;
  onProgress?: (line: string) => void;
}): Promise<Deployment> {
  await requireP256(request);
  const chainId = Number(await request("eth_chainId"));
  const firstBlock = Number(await request("eth_blockNumber"));
  const module = "token" in choice ? PondproofOnToken : Pondproof;
  const steps = [...module.futures].filter(
    ({ type }) => type !== FutureType.NAMED_ARTIFACT_CONTRACT_AT,
  ).length;
  let sent = 0;
  const watched: Request = (method, params) => {
    if (/^eth_send/.test(method)) onProgress?.(`transaction ${++sent} of ${steps}`);
    return request(method, params);
  };
  const result = await deploy({
    config: { blockPollingInterval: pollingIntervalMs, requiredConfirmations },
    artifactResolver: {
      loadArtifact: (name) => hre.artifacts.readArtifact(name) as never,
      getBuildInfo: async () => undefined,
    },
    provider: { request: ({ method, params }) => watched(method, params as unknown[]) },
    ignitionModule: module,
    deploymentParameters: {
      Pondproof: { ...choice, reporters: ascending(choice.reporters) },
    } as DeploymentParameters,
    accounts: (await request("eth_accounts")) as string[],
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new PondproofError("LEDGER_NOT_DEPLOYED", { result });
  }
  const first = (await request("eth_getBlockByNumber", ["0x0", false])) as { hash: string };
  const contracts = Object.entries(NAMES).map(([name, known]) => [
    known,
    result.contracts[Pondproof.results[name as keyof typeof NAMES].id]?.address,
  ]);
  return parseDeployment({
    chainId,
    rpc,
    firstBlock,
    genesis: first.hash,
    contracts: Object.fromEntries(contracts),
  });
}

/** As the registry of feeds wants them. */
function ascending(addresses: readonly string[]): string[] {
  return addresses.map((address) => address.toLowerCase()).sort();
}

/** @throws LEDGER_WITHOUT_P256 */
async function requireP256(request: Request): Promise<void> {
  const answer = await request("eth_call", [P256_CALL, "latest"]);
  if (answer !== `0x${"1".padStart(64, "0")}`) {
    throw new PondproofError("LEDGER_WITHOUT_P256", { precompile: P256_CALL.to, answer });
  }
}
