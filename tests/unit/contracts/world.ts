import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import pondproof from "../../../ignition/modules/Pondproof.ts";

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
] as const;

export type Account = (typeof ACCOUNTS)[number];
export type World = Awaited<ReturnType<typeof createWorld>>;

/** A chain in this process with everything deployed by the Ignition module. */
export async function createWorld() {
  const { ethers, ignition, networkHelpers } = await network.create("node");
  const signers = await ethers.getSigners();
  const accounts = Object.fromEntries(ACCOUNTS.map((name, i) => [name, signers[i]!])) as Record<
    Account,
    HardhatEthersSigner
  >;
  const deployed = await ignition.deploy(pondproof, { parameters: deploymentParameters(accounts) });
  const at = async (contract: { getAddress(): Promise<string> }) => contract.getAddress();
  const contracts = {
    accessManager: await ethers.getContractAt("Authority", await at(deployed.accessManager)),
    deviceRegistry: await ethers.getContractAt("DeviceRegistry", await at(deployed.deviceRegistry)),
    batchLedger: await ethers.getContractAt("BatchLedger", await at(deployed.batchLedger)),
    windowVerifier: await ethers.getContractAt("WindowVerifier", await at(deployed.windowVerifier)),
    products: await ethers.getContractAt("Products", await at(deployed.products)),
    policies: await ethers.getContractAt("Policies", await at(deployed.policies)),
    claims: await ethers.getContractAt("Claims", await at(deployed.claims)),
    pool: await ethers.getContractAt("Pool", await at(deployed.pool)),
    token: await ethers.getContractAt("TestToken", await at(deployed.token)),
  };
  const addresses = Object.fromEntries(
    await Promise.all(Object.entries(contracts).map(async ([name, it]) => [name, await it.getAddress()])),
  ) as Record<keyof typeof contracts, `0x${string}`>;
  const { chainId } = await ethers.provider.getNetwork();
  return { ethers, ignition, networkHelpers, time: networkHelpers.time, accounts, contracts, addresses, chainId: Number(chainId) };
}

/** Parameters of the Ignition module that give every power to the account of its name. */
export function deploymentParameters(accounts: Record<Account, { address: string }>) {
  const { deployer: _, farmer: __, subsidy: ___, stranger: ____, ...holders } = accounts;
  return {
    Pondproof: Object.fromEntries(Object.entries(holders).map(([name, { address }]) => [name, address])),
  };
}
