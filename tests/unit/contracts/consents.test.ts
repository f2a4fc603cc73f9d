import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccount } from "../../../ledger/account.ts";
import { connectLedger, type Ledger } from "../../../ledger/client.ts";
import type { ContractName } from "../../../ledger/deployment.ts";
import { executeTransaction, prepareForward, signForward } from "../../../ledger/forward.ts";
import { INTENT_HEADER } from "../../../portal/api.ts";
import { createStandingSource } from "../../../portal/server/access/standing-from-ledger.ts";
import { createRelayer } from "../../../portal/server/consent/relayer.ts";
import type { Hex } from "../../../protocol/terms.ts";
import { accountOf, pondOf } from "../portal/fixture/people.ts";
import { keyOf } from "../portal/fixture/story.ts";
import { startWorld } from "../portal/fixture/world.ts";
import { noteGas } from "./gas-book.ts";
import { gasOf, pondId, probeOf } from "./probes.ts";
import { DAY, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { refusal } from "./reverts.ts";
import { serveChain } from "./served-chain.ts";
import { createWorld, type World } from "./world.ts";

const LENDING = 2;
const { signal } = new AbortController();

describe("farmers without coins", () => {
  let world: World;
  let chain: Awaited<ReturnType<typeof serveChain>>;
  let ledger: Ledger;
  let relaying: ReturnType<typeof createAccount>;
  const farmer = new Wallet(keyOf("farmer-daochang"));

  beforeAll(async () => {
    world = await createWorld();
    await openForBusiness(world);
    chain = await serveChain(world);
    ledger = await connectLedger({ deployment: chain.deployment, pollingIntervalMs: 10 });
    const payer = Wallet.createRandom();
    const coins = world.ethers.parseEther("1");
    await world.accounts.stranger.sendTransaction({ to: payer.address, value: coins });
    relaying = createAccount({ ledger, key: payer.privateKey });
    const { registrar } = world.accounts;
    await world.contracts.consentRegistry.connect(registrar).enroll(pondOf("mulberry"), farmer.address);
  });
  afterAll(async () => {
    ledger.close();
    await chain.close();
  });

  /** What the farmer signed, sent by whoever pays for it; its gas. */
  const relay = async (to: ContractName, data: string) => {
    expect(await world.ethers.provider.getBalance(farmer.address)).toBe(0n);
    const typed = await prepareForward(ledger, { from: farmer.address as Hex, to, data: data as Hex });
    const signature = await signForward(typed, farmer.privateKey);
    const transaction = await executeTransaction(ledger, { message: typed.message, signature });
    const { gasUsed } = await relaying.submit(transaction, signal);
    const again = () => executeTransaction(ledger, { message: typed.message, signature });
    return { gas: Number(gasUsed), again };
  };

  it("give and take back a consent, and the portal refuses from the first request after that block", async () => {
    await using portal = await startWorld({
      standing: createStandingSource({ ledger }),
      relayer: createRelayer({ ledger, account: relaying }),
      chainId: world.chainId,
    });
    const status = async () => (await portal.as("bank")("/api/v1/ponds/mulberry")).status;
    const post = async (path: string, body: unknown) => {
      const headers = { "content-type": "application/json", [INTENT_HEADER]: "1", origin: portal.url };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await portal.as("farmer-daochang")(path, init);
      expect(response.status, await response.clone().text()).toBe(200);
      return (await response.json()) as { id: string; typed: Parameters<typeof signForward>[0] };
    };
    const send = async (act: object) => {
      const consent = { institution: accountOf("bank"), purpose: "lending", ...act };
      const { id, typed } = await post("/api/v1/ponds/mulberry/grants/requests", consent);
      await post(`/api/v1/requests/${id}`, { signature: await signForward(typed, farmer.privateKey) });
    };
    expect(await status()).toBe(403);
    await send({ act: "grant", untilMs: 1000 * ((await world.time.latest()) + DAY) });
    expect(await status()).toBe(200);
    await send({ act: "withdraw" });
    expect(await status()).toBe(403);
  });

  it("sign a request that counts once", async () => {
    const { consentRegistry } = world.contracts;
    const until = (await world.time.latest()) + DAY;
    const bank = accountOf("bank");
    const args = [pondOf("mulberry"), bank, LENDING];
    const call = (name: string, given: unknown[]) =>
      consentRegistry.interface.encodeFunctionData(name, given);
    const { gas, again } = await relay("ConsentRegistry", call("grant", [...args, until]));
    noteGas({ operation: "grant a consent, relayed", gas });
    expect(await consentRegistry.allows(...args, bank)).toBe(true);
    await expect(again()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const withdrawn = await relay("ConsentRegistry", call("withdraw", args));
    noteGas({ operation: "withdraw a consent, relayed", gas: withdrawn.gas });
    expect(await consentRegistry.allows(...args, bank)).toBe(false);
  });

  it("bind a quote, and have pond and policy moved by insurer and provider together when the account is lost", async () => {
    const { policies, consentRegistry } = world.contracts;
    const { insurer, registrar, stranger } = world.accounts;
    const pond = pondOf("mulberry");
    const startsAt = await world.time.latest();
    const probes = [probeOf(world, 0), probeOf(world, 1)];
    const terms = termsOf(world, { startsAt, probes, pond, farmer: farmer.address as Hex });
    const { quote, signature } = await quoteOf(world, terms);
    const bound = await relay("Policies", policies.interface.encodeFunctionData("bind", [quote, signature]));
    noteGas({ operation: "bind a policy, relayed", gas: bound.gas });
    expect(await policies.ownerOf(1)).toBe(farmer.address);

    const recover = () => policies.connect(stranger).recover(1, terms);
    expect(await refusal(recover(), policies)).toBe("NotRecovered");
    await policies.connect(insurer).consentToTransfer(1, stranger.address);
    expect(await refusal(recover(), policies)).toBe("NotRecovered");
    const registry = (who: typeof insurer) => consentRegistry.connect(who);
    const byProvider = await registry(registrar).endorseByProvider(pond, stranger.address);
    noteGas({ operation: "endorse a recovery", gas: await gasOf(byProvider) });
    await registry(insurer).endorseByInsurer(pond, stranger.address);
    await world.time.increase(3 * DAY);
    const moved = await registry(stranger).recover(pond);
    noteGas({ operation: "recover a pond", gas: await gasOf(moved) });
    await policies.connect(insurer).consentToTransfer(1, insurer.address);
    expect(await refusal(recover(), policies)).toBe("TransferNeedsConsent");
    await policies.connect(insurer).consentToTransfer(1, stranger.address);
    noteGas({ operation: "recover a policy", gas: await gasOf(await recover()) });
    expect(await policies.ownerOf(1)).toBe(stranger.address);
    await policies.connect(insurer).consentToTransfer(1, farmer.address);
    expect(await refusal(recover(), policies)).toBe("NotRecovered");
  });

  it("are charged nothing more when they send it themselves", async () => {
    const { registrar, farmer: rich } = world.accounts;
    const { consentRegistry } = world.contracts;
    const enrolled = await consentRegistry.connect(registrar).enroll(pondId("another"), rich.address);
    noteGas({ operation: "enroll a pond", gas: await gasOf(enrolled) });
    const args = [pondId("another"), accountOf("bank"), LENDING];
    const until = (await world.time.latest()) + DAY;
    const granted = await consentRegistry.connect(rich).grant(...args, until);
    noteGas({ operation: "grant a consent", gas: await gasOf(granted), most: 60_000 });
    const withdrawn = await consentRegistry.connect(rich).withdraw(...args);
    noteGas({ operation: "withdraw a consent", gas: await gasOf(withdrawn) });
  });
});
