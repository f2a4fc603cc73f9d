import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../protocol/bytes.ts";
import { NO_PROOF } from "./covered-pond.ts";
import { noteGas } from "./gas-book.ts";
import { longTree, LONG_PERIOD_MS as PERIOD_MS, worstWindow } from "./long-streams.ts";
import {
  anchor,
  frameOf,
  gasOf,
  installProbe,
  pondId,
  probeOf,
  registrationOf,
  windowProof,
} from "./probes.ts";
import { DAY, HOUR_MS, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { createWorld, type World } from "./world.ts";

const SIZE = 600_000;

/** protocol.md §7 and insurance.md. */
const MOST = {
  anchor: 90_000,
  window: 230_000,
  bind: 250_000,
  prove: 700_000,
  collect: 90_000,
} as const;

describe("gas of whole transactions", () => {
  let world: World;
  let startMs: number;
  const note = (operation: string, gas: number, most?: number) =>
    noteGas({ operation, gas, ...(most === undefined ? {} : { most }) });

  beforeAll(async () => {
    world = await createWorld();
    await openForBusiness(world);
    startMs = (await world.time.latest()) * 1000;
  });

  it("registers and binds a probe", async () => {
    const { deviceRegistry } = world.contracts;
    const registrar = deviceRegistry.connect(world.accounts.registrar);
    const probe = probeOf(world, 9);
    const registration = registrationOf(world, probe, world.accounts.farmer.address);
    note("register a probe", await gasOf(await registrar.register(...registration)));
    note("bind a probe", await gasOf(await registrar.bind(probe.streamId, pondId("pond 9"), 0)));
  });

  for (const readings of [120, 1_440, 10_080]) {
    it(`proves a window of ${readings} readings in a stream of 600,000, worst alignment`, async () => {
      const { streamId } = probeOf(world, 0);
      const { tree, ...window } = worstWindow({ streamId, size: SIZE, startMs, readings });
      const others = [1, 2, 3].map((n) =>
        treeOf({ streamId: probeOf(world, n).streamId, edges: [], startMs }),
      );
      const batch = await anchor(world, [tree, ...others]);
      const proof = windowProof(tree, batch, { ...window, showBefore: true });
      const { windowVerifier } = world.contracts;
      const result = await windowVerifier.verify(streamId, window.fromMs, window.toMs, proof);
      expect(Number(result.count)).toBe(readings);

      const call = windowVerifier.verify;
      const sent = await world.accounts.stranger.sendTransaction(
        await call.populateTransaction(streamId, window.fromMs, window.toMs, proof),
      );
      note(`window proof, ${readings} readings`, await gasOf(sent), MOST.window);
    });
  }

  it("runs a policy from quote to payout", async () => {
    const { accounts, contracts } = world;
    const pond = pondId("pond 1");
    const probes = [probeOf(world, 0), probeOf(world, 1)];
    for (const probe of probes) await installProbe(world, probe, pond);

    // The second policy on this deployment: the first one pays for the counters.
    await world.time.increase(DAY);
    const startsAt = await world.time.latest();
    const bindPolicy = async (name: string, quoteNumber: bigint) => {
      const terms = termsOf(world, { startsAt, probes, pond: pondId(name), quoteNumber });
      const { quote, signature } = await quoteOf(world, terms);
      const gas = await gasOf(await contracts.policies.connect(accounts.farmer).bind(quote, signature));
      return { terms, gas };
    };
    await bindPolicy("pond 2", 1n);
    const { terms, gas } = await bindPolicy("pond 1", 2n);
    note("bind a policy", gas, MOST.bind);
    const policies = contracts.policies.connect(accounts.farmer);
    note("pay the premium", await gasOf(await policies.payPremium(2, terms, terms.premium)));

    // A breach of 8 h 10 min begins two hours after cover; 480 readings lie before it and 120 after.
    const cover = Number((await contracts.policies.policy(2)).coverFrom) * 1000;
    const breachMs = cover + 2 * HOUR_MS;
    const first = 555_555;
    const last = first + 490;
    const streamStartMs = breachMs - first * PERIOD_MS;
    const trees = probes.map((probe) => {
      const before = frameOf(probe, first - 1, { timeMs: breachMs - PERIOD_MS, oxygenMgPerL: 2.4 });
      const tree = treeOf({
        streamId: probe.streamId,
        edges: [first, last, last + 1],
        startMs: streamStartMs,
        frames: new Map([[first - 1, before]]),
      });
      return { tree, before };
    });
    const window = { fromMs: breachMs, toMs: breachMs + 490 * PERIOD_MS };
    await world.time.increaseTo(window.toMs / 1000 + 600);
    const batch = await anchor(
      world,
      trees.map(({ tree }) => tree),
    );
    note("anchor a batch", batch.gas, MOST.anchor);

    const evidence = trees
      .map(({ tree, before }) => ({
        probe: terms.probes.indexOf(toHex(tree.streamId)),
        window: windowProof(tree, batch, { ...window, showBefore: true }),
        raw: 0,
        earlier: NO_PROOF,
        before: toHex(before),
        shown: [],
      }))
      .sort((a, b) => a.probe - b.probe);
    const stranger = contracts.claims.connect(accounts.stranger);
    const proven = await stranger.prove(2, terms, 0, window.fromMs, window.toMs, evidence);
    note("claim: two probes over eight hours", await gasOf(proven), MOST.prove);
    const { amount, state, payoutBps } = await contracts.claims.claim(1);
    expect({ amount, state, payoutBps }).toEqual({ amount: 1_000_000n, state: 1n, payoutBps: 10_000n });

    const officer = contracts.claims.connect(accounts.claimsOfficer);
    note("approve a claim, first of two", await gasOf(await officer.approve(1, terms, 1_000_000n)));
    const second = contracts.claims.connect(accounts.secondClaimsOfficer);
    note("approve a claim, second of two", await gasOf(await second.approve(1, terms, 1_000_000n)));
    const held = await contracts.token.balanceOf(accounts.farmer.address);
    note("collect", await gasOf(await stranger.collect(1)), MOST.collect);
    expect((await contracts.token.balanceOf(accounts.farmer.address)) - held).toBe(1_000_000n);
  });
});

function treeOf(options: Omit<Parameters<typeof longTree>[0], "size">) {
  return longTree({ size: SIZE, ...options });
}
