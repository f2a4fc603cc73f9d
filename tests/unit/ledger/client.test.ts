import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createAccount } from "../../../ledger/account.ts";
import { connectLedger } from "../../../ledger/client.ts";
import { isRevert } from "../../../ledger/errors.ts";
import type { PondproofError } from "../../../protocol/errors.ts";
import { keyOf, startTestChain, type TestChain } from "./chain.ts";

const GENESIS_MS = Date.UTC(2026, 5, 1);
const POND = `0x${"12".repeat(32)}`;
const UNKNOWN = `0x${"ab".repeat(32)}`;

let chain: TestChain;
const signal = new AbortController().signal;

beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
});
afterAll(() => chain.close());

/** An address at which nothing listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

describe("connecting", () => {
  it("asks the next node when the first is down", async () => {
    const { deployment, rpc } = chain;
    const ledger = await connectLedger({ deployment, rpc: [await deadUrl(), rpc] });
    expect((await ledger.head()).number).toBeGreaterThan(0);
    ledger.close();
  });

  it("says that no node answers, without naming the address", async () => {
    const url = await deadUrl();
    const { deployment } = chain;
    const failure = connectLedger({ deployment, rpc: `${url}/secret-key` });
    await expect(failure).rejects.toMatchObject({ code: "LEDGER_UNREACHABLE" });
    await expect(failure).rejects.not.toThrow("secret-key");
  });

  it("tells another chain, a forgotten chain and missing contracts apart", async () => {
    const { deployment } = chain;
    const contracts = { ...deployment.contracts, Claims: `0x${"99".repeat(20)}` as const };
    const connect = (change: Partial<typeof deployment>) =>
      connectLedger({ deployment: { ...deployment, ...change } });
    await expect(connect({ chainId: 5 })).rejects.toMatchObject({ code: "LEDGER_OTHER_CHAIN" });
    await expect(connect({ genesis: UNKNOWN as `0x${string}` })).rejects.toMatchObject({
      code: "LEDGER_FORGOT",
    });
    await expect(connect({ contracts })).rejects.toMatchObject({
      code: "LEDGER_NOT_DEPLOYED",
      facts: { contract: "Claims" },
    });
  });
});

describe("a contract's refusal", () => {
  it("carries the custom error of a call, with its values as JSON can hold them", async () => {
    const ledger = await connectLedger(chain);
    const failure: PondproofError = await ledger.contracts.DeviceRegistry.device(UNKNOWN).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({
      code: "LEDGER_REVERTED",
      facts: { error: "UnknownDevice", args: { streamId: UNKNOWN } },
    });
    expect(failure.facts.inWords).toContain("stream id");
    ledger.close();
  });

  it("is decoded when the estimate of gas meets it, and takes no number from the account", async () => {
    const ledger = await chain.connect("farmer");
    const { account, contracts } = ledger;
    const forbidden = await contracts.DeviceRegistry.bind.populateTransaction(UNKNOWN, POND, 0);
    const failure = await account.submit(forbidden, signal).catch((error) => error);
    expect(isRevert(failure, "AccessManagedUnauthorized")).toBe(true);
    const allowed = await contracts.Policies.withdrawQuote.populateTransaction(1);
    expect((await account.submit(allowed, signal)).status).toBe(1);
    ledger.close();
  });

  it("is decoded when the block meets it", async () => {
    const ledger = await chain.connect("farmer");
    const { account, contracts } = ledger;
    const quote = await contracts.Policies.withdrawQuote.populateTransaction(77);
    const first = await account.prepare(quote);
    const second = await account.prepare(quote);
    await chain.call("evm_setAutomine", [false]);
    await account.send(first.raw);
    await account.send(second.raw);
    await chain.call("evm_mine");
    await chain.call("evm_setAutomine", [true]);
    expect((await account.waitFor(first.hash, signal)).status).toBe(1);
    const failure = await account.waitFor(second.hash, signal).catch((error) => error);
    expect(isRevert(failure, "QuoteUsed")).toBe(true);
    ledger.close();
  });
});

describe("an account", () => {
  const withdraw = (ledger: Awaited<ReturnType<TestChain["connect"]>>, quote: number) =>
    ledger.contracts.Policies.withdrawQuote.populateTransaction(quote);

  it("has several transactions in flight, in the order of their sending", async () => {
    const ledger = await chain.connect("insurer");
    await chain.call("evm_setAutomine", [false]);
    const sent = await Promise.all(
      [1, 2, 3, 4, 5].map(async (quote) => ledger.account.dispatch(await withdraw(ledger, quote))),
    );
    await chain.call("evm_mine");
    await chain.call("evm_setAutomine", [true]);
    const receipts = await Promise.all(sent.map(({ hash }) => ledger.account.waitFor(hash, signal)));
    expect(receipts.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(receipts.map(({ blockNumber }) => blockNumber)).size).toBe(1);
    ledger.close();
  });

  it("reads its number from the chain when another process used the key", async () => {
    const ledger = await chain.connect("treasury");
    const other = createAccount({ ledger, key: keyOf("treasury") });
    await ledger.account.submit(await withdraw(ledger, 1), signal);
    await other.submit(await withdraw(ledger, 2), signal);
    expect((await ledger.account.submit(await withdraw(ledger, 3), signal)).status).toBe(1);
    ledger.close();
  });

  it("takes bytes that were sent before as sent", async () => {
    const ledger = await chain.connect("governor");
    const { account } = ledger;
    const { raw, hash } = await account.prepare(await withdraw(ledger, 9));
    await account.send(raw);
    await account.send(raw);
    expect((await account.waitFor(hash, signal)).status).toBe(1);
    expect(await account.minedCount()).toBe(1);
    ledger.close();
  });

  it("says that a transaction that nobody has is lost", async () => {
    const ledger = await chain.connect("agent");
    await expect(ledger.account.waitFor(UNKNOWN, signal)).rejects.toMatchObject({
      code: "LEDGER_TRANSACTION_LOST",
    });
    ledger.close();
  });

  it("puts a transaction that does nothing in the place of a waiting one", async () => {
    const ledger = await chain.connect("farmer");
    const { account } = ledger;
    await chain.call("evm_setAutomine", [false]);
    const waiting = await account.dispatch(await withdraw(ledger, 21));
    const cancelled = account.cancel(waiting.raw, signal);
    await vi.waitFor(async () =>
      expect(await ledger.provider.send("eth_getTransactionByHash", [waiting.hash])).toBeNull(),
    );
    await chain.call("evm_mine");
    await cancelled;
    await chain.call("evm_setAutomine", [true]);
    expect(await account.minedCount()).toBe(waiting.nonce + 1);
    await expect(account.waitFor(waiting.hash, signal)).rejects.toMatchObject({
      code: "LEDGER_TRANSACTION_LOST",
    });
    expect((await account.submit(await withdraw(ledger, 22), signal)).status).toBe(1);
    ledger.close();
  });

  it("says that it is too late to put anything in the place of a transaction that is in a block", async () => {
    const ledger = await chain.connect("farmer");
    const done = await ledger.account.dispatch(await withdraw(ledger, 23));
    await ledger.account.waitFor(done.hash, signal);
    await expect(ledger.account.cancel(done.raw, signal)).rejects.toMatchObject({ code: "LEDGER_NONCE" });
    ledger.close();
  });

  it("stops waiting when it is told to", async () => {
    const ledger = await chain.connect("agent");
    await chain.call("evm_setAutomine", [false]);
    const { hash } = await ledger.account.dispatch(await withdraw(ledger, 11));
    const ending = new AbortController();
    const waiting = ledger.account.waitFor(hash, ending.signal);
    ending.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow();
    await chain.call("evm_setAutomine", [true]);
    ledger.close();
  });
});
