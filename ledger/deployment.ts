import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import type { Hex } from "../protocol/terms.ts";

/** The contracts of one deployment. */
export const CONTRACT_NAMES = [
  "AccessManager",
  "Pauses",
  "DeviceRegistry",
  "Forwarder",
  "ConsentRegistry",
  "BatchLedger",
  "OperatorBond",
  "Challenges",
  "WindowVerifier",
  "RawWindows",
  "FeedRegistry",
  "Products",
  "Policies",
  "Evaluation",
  "Claims",
  "Disputes",
  "PolicyholdersFund",
  "Documents",
  "Pool",
  "Token",
] as const;

export type ContractName = (typeof CONTRACT_NAMES)[number];

/** Where the contracts are: on the chain with this id and first block, from block `firstBlock` on. */
export type Deployment = {
  chainId: number;
  rpc: string;
  firstBlock: number;
  /** Hash of block 0: tells a chain that was started anew from the one that was deployed on. */
  genesis: Hex;
  contracts: Record<ContractName, Hex>;
};

/**
 * A deployment document out of JSON, its unknown fields left out.
 * @throws INVALID_ARGUMENT with all its mistakes
 */
export function parseDeployment(json: unknown): Deployment {
  const document = asObject(json);
  const contracts = asObject(document.contracts);
  const { chainId, rpc, firstBlock, genesis } = document;
  const mistakes = [
    ...(isCount(chainId) && chainId > 0 ? [] : ["chainId: a whole number above 0"]),
    ...(isRpcUrl(rpc) ? [] : ["rpc: an http or https address without credentials"]),
    ...(isCount(firstBlock) ? [] : ["firstBlock: a whole number"]),
    ...(isHex(genesis, 32) ? [] : ["genesis: 32 bytes in hex"]),
    ...CONTRACT_NAMES.filter((name) => !isHex(contracts[name], 20)).map(
      (name) => `contracts.${name}: an address`,
    ),
  ];
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { document: "deployment", mistakes });
  return {
    chainId: chainId as number,
    rpc: rpc as string,
    firstBlock: firstBlock as number,
    genesis: (genesis as string).toLowerCase() as Hex,
    contracts: Object.fromEntries(CONTRACT_NAMES.map((name) => [name, contracts[name] as Hex])) as Record<
      ContractName,
      Hex
    >,
  };
}

/**
 * The deployment in a file.
 * @throws INVALID_ARGUMENT when the file is not a deployment document
 */
export async function readDeployment(path: string): Promise<Deployment> {
  const text = await readFile(path, "utf8");
  try {
    return parseDeployment(JSON.parse(text));
  } catch (cause) {
    const mistakes = isPondproofError(cause) ? cause.facts.mistakes : ["not JSON"];
    throw new PondproofError("INVALID_ARGUMENT", { document: path, mistakes }, { cause });
  }
}

/** Writes a deployment so that a reader, or a power cut, sees the old file or the new one and nothing between. */
export async function writeDeployment(path: string, deployment: Deployment): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(`${JSON.stringify(parseDeployment(deployment), null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHex(value: unknown, bytes: number): value is Hex {
  return typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(value);
}

/** The document is served to anybody who may read batches, so its address must hold no password. */
function isRpcUrl(value: unknown): value is string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}
