import { createHash } from "node:crypto";
import hre from "hardhat";
import { createRpc } from "../../../demo/rpc.ts";
import { deployPondproof, HOLDERS as POWERS } from "../../../ignition/deploy-pondproof.ts";
import { BOND } from "../../../ignition/modules/Pondproof.ts";
import { postBondTransactions } from "../../../ledger/bond.ts";
import { addressOfKey, connectLedger } from "../../../ledger/client.ts";
import type { Deployment } from "../../../ledger/deployment.ts";
import type { Hex } from "../../../protocol/terms.ts";

const HOST = "127.0.0.1";

/** Who holds a key on a test chain. */
export const HOLDERS = [...POWERS, "tokenOwner", "treasury", "agent", "farmer"] as const;

/** Who reports weather on a test chain: any keys will do. */
export const REPORTERS = ["insurer", "farmer", "agent"] as const satisfies readonly Holder[];

export type Holder = (typeof HOLDERS)[number];

export type TestChain = Awaited<ReturnType<typeof startTestChain>>;

/** The same key in every run. */
export function keyOf(holder: Holder): Hex {
  return `0x${createHash("sha256").update(`pondproof test account ${holder}`).digest("hex")}`;
}

/** The operator anchors nothing without a bond; this one survives ten convictions. */
const BONDED = 2n * BOND.minimum;

/** Has the token's owner mint a bond and post it for the operator. */
export async function postBond(deployment: Deployment): Promise<void> {
  const { signal } = new AbortController();
  const ledger = await connectLedger({ deployment, key: keyOf("tokenOwner"), pollingIntervalMs: 10 });
  const { account, contracts } = ledger;
  await account.submit(await contracts.Token.mint.populateTransaction(account.address, BONDED), signal);
  const posting = { operator: addressOfKey(keyOf("operator")), amount: BONDED };
  for (const transaction of await postBondTransactions(ledger, posting))
    await account.submit(transaction, signal);
  ledger.close();
}

/** Starts a Hardhat node over HTTP that mines at once, with everything deployed. */
export async function startTestChain({ genesisMs }: { genesisMs: number }) {
  const override = { initialDate: new Date(genesisMs) };
  const server = await hre.network.createServer({ network: "node", override }, HOST, 0);
  const { address, port } = await server.listen();
  const rpc = `http://${address}:${port}`;
  const call = createRpc(rpc);
  for (const holder of HOLDERS)
    await call("hardhat_setBalance", [addressOfKey(keyOf(holder)), "0x56bc75e2d63100000"]);
  const {
    treasury: _,
    agent: __,
    farmer: ___,
    ...powers
  } = Object.fromEntries(HOLDERS.map((holder) => [holder, addressOfKey(keyOf(holder))])) as Record<
    Holder,
    string
  >;
  const reporters = REPORTERS.map((holder) => addressOfKey(keyOf(holder)));
  const deployment = await deployPondproof({
    request: call,
    rpc,
    choice: { ...powers, reporters },
    pollingIntervalMs: 25,
  });
  await postBond(deployment);
  const close = () => server.close();
  return {
    rpc,
    call,
    deployment,
    connect: (holder: Holder) => connectLedger({ deployment, key: keyOf(holder), pollingIntervalMs: 10 }),
    async mineAt(timeMs: number) {
      await call("evm_setNextBlockTimestamp", [Math.floor(timeMs / 1000)]);
      await call("evm_mine");
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
