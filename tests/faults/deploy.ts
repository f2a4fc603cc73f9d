import { createRpc } from "../../demo/rpc.ts";
import type { Signer } from "../../firmware-sim/key.ts";
import { deployPondproof } from "../../ignition/deploy-pondproof.ts";
import { addressOfKey, connectLedger } from "../../ledger/client.ts";
import type { Deployment } from "../../ledger/deployment.ts";
import { bindTransaction, registerTransaction, streamOfKey } from "../../ledger/devices.ts";
import { registrationBytes, registrationPayload } from "../../protocol/signature.ts";
import { HOLDERS, keyOf, postBond } from "../unit/ledger/chain.ts";

const POND = `0x${"0b".repeat(32)}`;

/** Deploys the contracts, posts the operator's bond and registers the probes. */
export async function deploy(rpc: string, signers: readonly Signer[]): Promise<Deployment> {
  const call = createRpc(rpc);
  for (const holder of HOLDERS)
    await call("anvil_setBalance", [addressOfKey(keyOf(holder)), "0x56bc75e2d63100000"]);
  const { agent: _, farmer, ...powers } = addressesOfHolders();
  const chainId = Number(await call<string>("eth_chainId"));
  const deployment = await deployPondproof({
    request: call,
    rpc,
    choice: { ...powers, reporters: [farmer] },
    pollingIntervalMs: 25,
  });
  await postBond(deployment);
  const ledger = await connectLedger({ deployment, key: keyOf("registrar"), pollingIntervalMs: 10 });
  const { signal } = new AbortController();
  const registry = deployment.contracts.DeviceRegistry;
  for (const { publicKey, sign } of signers) {
    const payload = registrationPayload({ chainId, registry, owner: farmer });
    const signature = await sign(registrationBytes(payload));
    await ledger.account.submit(
      await registerTransaction(ledger, { publicKey, owner: farmer, signature }),
      signal,
    );
    const binding = { streamId: streamOfKey(deployment, publicKey), pond: POND };
    await ledger.account.submit(await bindTransaction(ledger, binding), signal);
  }
  ledger.close();
  return deployment;
}

function addressesOfHolders() {
  return Object.fromEntries(HOLDERS.map((holder) => [holder, addressOfKey(keyOf(holder))])) as Record<
    (typeof HOLDERS)[number],
    string
  >;
}
