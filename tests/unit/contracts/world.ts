import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract, BaseContractMethod, ContractRunner } from "ethers";
import { deployPondproof, HOLDERS as POWERS, type Request } from "../../../ignition/deploy-pondproof.ts";
import { BOND } from "../../../ignition/modules/Pondproof.ts";
import type { ContractName } from "../../../ledger/deployment.ts";
import { createEvm } from "./evm.ts";

/** A contract with the functions that the tests call; their results are whatever the ABI says. */
type Callable<Functions extends string> = Omit<BaseContract, "connect"> & {
  connect(runner: ContractRunner): Callable<Functions>;
} & { readonly [name in Functions]: BaseContractMethod };

type Contracts = {
  Authority: Callable<"grantRole" | "hasRole" | "revokeRole">;
  DeviceRegistry: Callable<"bind" | "register" | "revoke">;
  Forwarder: Callable<"execute" | "nonces" | "verify">;
  ConsentRegistry: Callable<
    | "allows"
    | "appoint"
    | "dismiss"
    | "endorseByInsurer"
    | "endorseByProvider"
    | "enroll"
    | "farmerOf"
    | "grant"
    | "grantedUntil"
    | "recover"
    | "stopRecovery"
    | "withdraw"
  >;
  BatchLedger: Callable<
    "anchor" | "batch" | "lastBatch" | "lastBatchOf" | "operator" | "operatorOf" | "setOperator"
  >;
  OperatorBond: Callable<
    | "collectReward"
    | "forward"
    | "owedTo"
    | "payableFrom"
    | "post"
    | "requestWithdrawal"
    | "rewardOf"
    | "stake"
    | "suffices"
    | "withdraw"
  >;
  Challenges: Callable<
    | "badChain"
    | "badCombine"
    | "badDirectory"
    | "badInside"
    | "badOccupancy"
    | "badSignature"
    | "challengeSeconds"
    | "commit"
    | "committedIn"
    | "equivocation"
    | "fromTheFuture"
    | "isUsable"
    | "isVoid"
    | "rewritten"
    | "shrunk"
    | "suspectFromMs"
  >;
  WindowVerifier: Callable<"verify">;
  RawWindows: Callable<"commit" | "committedAt" | "cursor" | "extend" | "open" | "rawWindow" | "window">;
  FeedRegistry: Callable<"defineFeed" | "observation" | "post" | "reporters" | "setReporters">;
  Products: Callable<"approve" | "hashTerms" | "product" | "publish" | "scheduleHash">;
  Pauses: Callable<"pause" | "pausedUntil" | "resume">;
  Policies: Callable<
    | "bind"
    | "cancel"
    | "claimableUntil"
    | "close"
    | "consentToTransfer"
    | "coverOf"
    | "endorse"
    | "exposureOf"
    | "isQuoteUsed"
    | "lapse"
    | "ownerOf"
    | "pay"
    | "payPremium"
    | "policy"
    | "premiumOf"
    | "recover"
    | "refundOutage"
    | "reserve"
    | "returnPremium"
    | "setClaims"
    | "state"
    | "termsHashAt"
    | "transferFrom"
    | "withdrawQuote"
  >;
  Evaluation: Callable<"assess" | "evaluate" | "standing">;
  Claims: Callable<
    | "abandon"
    | "approve"
    | "claim"
    | "claimsOf"
    | "collect"
    | "contest"
    | "correct"
    | "demandData"
    | "finalize"
    | "firstApprovalOf"
    | "namePayee"
    | "openAudit"
    | "payeeOf"
    | "prove"
    | "rejectUnanswered"
    | "reopen"
    | "rule"
    | "setDisputes"
    | "standByDefault"
  >;
  Disputes: Callable<
    | "creditOf"
    | "demand"
    | "demandOf"
    | "dispute"
    | "disputeOf"
    | "held"
    | "onMoot"
    | "onRawProof"
    | "openAudit"
    | "rejectUnanswered"
    | "rule"
    | "timeOut"
    | "withdraw"
  >;
  PolicyholdersFund: Callable<"connect" | "credit" | "creditOf" | "take" | "toPool">;
  Pool: Callable<
    | "balanceOf"
    | "capital"
    | "contribute"
    | "convertToAssets"
    | "deposit"
    | "feesOf"
    | "locked"
    | "owed"
    | "pay"
    | "payFees"
    | "redeem"
    | "requestRedemption"
    | "reserved"
    | "setPolicies"
    | "unearned"
  >;
  TestToken: Callable<"approve" | "balanceOf" | "mint">;
};

/** Accounts of a deployment, by what they may do. */
export const ACCOUNTS = [
  "deployer",
  "registrar",
  "operator",
  "insurer",
  "claimsOfficer",
  "secondClaimsOfficer",
  "treasury",
  "governor",
  "tokenOwner",
  "farmer",
  "subsidy",
  "stranger",
  "arbiter",
  "guardian",
  "secondGuardian",
  "provider",
] as const;

/** Those of them that hold a power from the first block on. */
const HOLDERS = [...POWERS, "tokenOwner"] as const satisfies readonly Account[];

export type Account = (typeof ACCOUNTS)[number];

/** Who reports weather: any accounts will do. */
export const REPORTERS = ["subsidy", "stranger", "provider"] as const satisfies readonly Account[];

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A chain of its own (`createEvm`) with everything deployed by the Ignition module. */
export async function createWorld() {
  const { ethers, networkHelpers, provider } = await createEvm();
  const signers = await ethers.getSigners();
  const accounts = Object.fromEntries(ACCOUNTS.map((name, i) => [name, signers[i]!])) as Record<
    Account,
    HardhatEthersSigner
  >;
  /** Deploys everything once more, every power with the account of its name. */
  const deploy = (holders: Record<Account, { address: string }>) => {
    const request: Request = (method, params = []) => provider.request({ method, params });
    const powers = Object.fromEntries(HOLDERS.map((name) => [name, holders[name].address])) as Record<
      (typeof HOLDERS)[number],
      string
    >;
    const choice = { ...powers, reporters: REPORTERS.map((name) => holders[name].address) };
    return deployPondproof({ request, rpc: "http://127.0.0.1", choice, pollingIntervalMs: 10 });
  };
  const deployed = (await deploy(accounts)).contracts;
  const typed = async <T extends keyof Contracts>(name: T, known: ContractName) =>
    (await ethers.getContractAt(name, deployed[known])) as unknown as Contracts[T];
  const contracts = {
    accessManager: await typed("Authority", "AccessManager"),
    pauses: await typed("Pauses", "Pauses"),
    deviceRegistry: await typed("DeviceRegistry", "DeviceRegistry"),
    forwarder: await typed("Forwarder", "Forwarder"),
    consentRegistry: await typed("ConsentRegistry", "ConsentRegistry"),
    batchLedger: await typed("BatchLedger", "BatchLedger"),
    operatorBond: await typed("OperatorBond", "OperatorBond"),
    challenges: await typed("Challenges", "Challenges"),
    windowVerifier: await typed("WindowVerifier", "WindowVerifier"),
    rawWindows: await typed("RawWindows", "RawWindows"),
    feedRegistry: await typed("FeedRegistry", "FeedRegistry"),
    products: await typed("Products", "Products"),
    policies: await typed("Policies", "Policies"),
    evaluation: await typed("Evaluation", "Evaluation"),
    claims: await typed("Claims", "Claims"),
    disputes: await typed("Disputes", "Disputes"),
    policyholdersFund: await typed("PolicyholdersFund", "PolicyholdersFund"),
    pool: await typed("Pool", "Pool"),
    token: await typed("TestToken", "Token"),
  };
  const addresses = Object.fromEntries(
    await Promise.all(Object.entries(contracts).map(async ([name, it]) => [name, await it.getAddress()])),
  ) as Record<keyof typeof contracts, `0x${string}`>;
  await postBond({ accounts, contracts, addresses });
  const { chainId } = await ethers.provider.getNetwork();
  return {
    ethers,
    deploy,
    /** Addresses by the contracts' own names. */
    deployed,
    networkHelpers,
    time: networkHelpers.time,
    accounts,
    contracts,
    addresses,
    chainId: Number(chainId),
  };
}

/** The operator anchors nothing without a bond; this one survives ten convictions. */
const BONDED = 2n * BOND.minimum;

async function postBond({
  accounts,
  contracts,
  addresses,
}: Pick<World, "accounts" | "contracts" | "addresses">) {
  const { operator, tokenOwner } = accounts;
  await contracts.token.connect(tokenOwner).mint(operator.address, BONDED);
  await contracts.token.connect(operator).approve(addresses.operatorBond, BONDED);
  await contracts.operatorBond.connect(operator).post(operator.address, BONDED);
}
