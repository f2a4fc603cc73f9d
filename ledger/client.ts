import { Contract, type ContractRunner, Wallet } from "ethers";
import { PondproofError } from "../protocol/errors.ts";
import type { SubRole } from "../protocol/flows.ts";
import type { Authority } from "../types/contracts/access/Authority.ts";
import type { Pauses } from "../types/contracts/access/Pauses.ts";
import type { BatchLedger } from "../types/contracts/evidence/BatchLedger.ts";
import type { Challenges } from "../types/contracts/evidence/Challenges.ts";
import type { OperatorBond } from "../types/contracts/evidence/OperatorBond.ts";
import type { RawWindows } from "../types/contracts/evidence/RawWindows.ts";
import type { WindowVerifier } from "../types/contracts/evidence/WindowVerifier.ts";
import type { FeedRegistry } from "../types/contracts/feeds/FeedRegistry.ts";
import type { ConsentRegistry } from "../types/contracts/identity/ConsentRegistry.ts";
import type { DeviceRegistry } from "../types/contracts/identity/DeviceRegistry.ts";
import type { Forwarder } from "../types/contracts/identity/Forwarder.ts";
import type { Claims } from "../types/contracts/insurance/Claims.ts";
import type { Disputes } from "../types/contracts/insurance/Disputes.ts";
import type { Documents } from "../types/contracts/insurance/Documents.ts";
import type { Evaluation } from "../types/contracts/insurance/Evaluation.ts";
import type { Policies } from "../types/contracts/insurance/Policies.ts";
import type { PolicyholdersFund } from "../types/contracts/insurance/PolicyholdersFund.ts";
import type { Pool } from "../types/contracts/insurance/Pool.ts";
import type { Products } from "../types/contracts/insurance/Products.ts";
import type { TestToken } from "../types/contracts/settlement/TestToken.ts";
import { type Account, createAccount } from "./account.ts";
import { interfaceOf, readErrorInterface } from "./artifacts.ts";
import { CONTRACT_NAMES, type ContractName, type Deployment } from "./deployment.ts";
import { FailoverProvider } from "./provider.ts";

/** The contracts with generated types. */
export type LedgerContracts = {
  AccessManager: Authority;
  Pauses: Pauses;
  DeviceRegistry: DeviceRegistry;
  Forwarder: Forwarder;
  ConsentRegistry: ConsentRegistry;
  BatchLedger: BatchLedger;
  OperatorBond: OperatorBond;
  Challenges: Challenges;
  WindowVerifier: WindowVerifier;
  RawWindows: RawWindows;
  FeedRegistry: FeedRegistry;
  Products: Products;
  Policies: Policies;
  Evaluation: Evaluation;
  Claims: Claims;
  Disputes: Disputes;
  PolicyholdersFund: PolicyholdersFund;
  Documents: Documents;
  Pool: Pool;
  Token: TestToken;
};

/** Number, hash and time (seconds) of a block. */
export type Block = { number: number; hash: string; timestamp: number };

/** A connection to the ledger; whatever it throws is a `PondproofError`. */
export type Ledger = {
  readonly deployment: Deployment;
  readonly provider: FailoverProvider;
  readonly contracts: LedgerContracts;
  readonly pollingIntervalMs: number;
  /**
   * Makes sure that this is still the chain of the deployment.
   * @throws LEDGER_UNREACHABLE, LEDGER_OTHER_CHAIN, LEDGER_FORGOT, LEDGER_NOT_DEPLOYED
   */
  verify(): Promise<void>;
  /** The newest block. */
  head(): Promise<Block>;
  /** The time that the next block has at least, in ms: that of the one being made, where the node shows it. */
  timeMs(): Promise<number>;
  close(): void;
};

/** How to reach a ledger: `rpc` is one address or several, tried in order; without it, the deployment's. */
export type LedgerOptions = {
  deployment: Deployment;
  rpc?: string | readonly string[];
  /** How often a receipt is asked for. */
  pollingIntervalMs?: number;
};

/**
 * Connects to the ledger of a deployment and verifies that it is there; with a key, also as an account.
 * @throws LEDGER_UNREACHABLE, LEDGER_OTHER_CHAIN, LEDGER_FORGOT, LEDGER_NOT_DEPLOYED
 */
export async function connectLedger(
  options: LedgerOptions & { key: string; subRole?: SubRole },
): Promise<Ledger & { account: Account }>;
export async function connectLedger(options: LedgerOptions): Promise<Ledger>;
export async function connectLedger(
  options: LedgerOptions & { key?: string; subRole?: SubRole },
): Promise<Ledger & { account?: Account }> {
  const { key, subRole = "service-provider" } = options;
  const ledger = createLedger(options);
  try {
    await ledger.verify();
  } catch (error) {
    ledger.close();
    throw error;
  }
  return key === undefined ? ledger : { ...ledger, account: createAccount({ ledger, key, subRole }) };
}

/** The address of a key. */
export function addressOfKey(key: string): string {
  return new Wallet(key).address;
}

function createLedger({ deployment, rpc = deployment.rpc, pollingIntervalMs = 250 }: LedgerOptions): Ledger {
  const { chainId } = deployment;
  const errors = readErrorInterface();
  const provider = new FailoverProvider({ urls: [rpc].flat(), chainId, errors });
  const head = async (tag: "latest" | "earliest"): Promise<Block> => {
    const block = await provider.getBlock(tag);
    if (block?.hash === undefined || block.hash === null)
      throw new PondproofError("LEDGER_REFUSED", { problem: `no ${tag} block` });
    return { number: block.number, hash: block.hash, timestamp: block.timestamp };
  };
  return {
    deployment,
    provider,
    contracts: contractsOf(deployment, provider),
    pollingIntervalMs,
    async verify() {
      const actual = Number(await provider.send("eth_chainId", []));
      if (actual !== chainId) throw new PondproofError("LEDGER_OTHER_CHAIN", { expected: chainId, actual });
      const { hash } = await head("earliest");
      if (hash !== deployment.genesis) {
        throw new PondproofError("LEDGER_FORGOT", { expected: deployment.genesis, actual: hash });
      }
      for (const name of CONTRACT_NAMES) {
        const address = deployment.contracts[name];
        if ((await provider.getCode(address)) === "0x")
          throw new PondproofError("LEDGER_NOT_DEPLOYED", { contract: name, address });
      }
    },
    head: () => head("latest"),
    async timeMs() {
      const { timestamp } = await head("latest");
      const next = (await provider.send("eth_getBlockByNumber", ["pending", false])) as {
        timestamp?: string;
      } | null;
      return 1000 * Math.max(timestamp, Number(next?.timestamp ?? 0));
    },
    close: () => provider.destroy(),
  };
}

function contractsOf({ contracts }: Deployment, runner: ContractRunner): LedgerContracts {
  const contract = (name: ContractName) =>
    new Contract(contracts[name], interfaceOf(name), runner) as unknown;
  return Object.fromEntries(CONTRACT_NAMES.map((name) => [name, contract(name)])) as LedgerContracts;
}
