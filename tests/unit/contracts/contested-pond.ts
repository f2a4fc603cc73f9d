import { BOND } from "../../../ignition/modules/Pondproof.ts";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { openNode } from "../../../protocol/opening.ts";
import { convict } from "./convict.ts";
import { anchorAt, type CoveredPond, evidenceOf, NO_PROOF, type Span, sampleNight } from "./covered-pond.ts";
import { createStream, pondId, type Stream } from "./probes.ts";
import { HOUR_MS } from "./quotes.ts";
import type { Account, World } from "./world.ts";

export const REASON = pondId("a statement");

/** Money for bonds, and leave to take it, for everybody who may stand against a claim. */
export async function readyForDisputes({ accounts, addresses, contracts }: World): Promise<void> {
  for (const who of ["farmer", "insurer", "claimsOfficer"] as const) {
    await contracts.token.connect(accounts.tokenOwner).mint(accounts[who].address, 1_000_000n);
    await contracts.token.connect(accounts[who]).approve(addresses.disputes, 1_000_000n);
  }
}

/** What the sides, the arbiter and strangers do about the claims of a covered pond, which may change between calls. */
export function contestOf(covered: () => CoveredPond) {
  const world = () => covered().world;
  const claims = (who: Account = "stranger") => world().contracts.claims.connect(world().accounts[who]);
  const disputes = (who: Account = "stranger") => world().contracts.disputes.connect(world().accounts[who]);

  /** Every probe's window shown by its signed frames; `keep` leaves some out. */
  const rawEvidence = async (window: Span, keep: (frame: Uint8Array, i: number) => boolean = () => true) => {
    const { rawWindows } = world().contracts;
    const shown = evidenceOf(covered(), await anchorAt(covered(), 0), window);
    for (const it of shown) {
      const streamId = covered().terms.probes[it.probe]!;
      const stream = covered().streams.find(({ probe }) => toHex(probe.streamId) === streamId)!;
      const place = [streamId, window.fromMs, window.toMs] as const;
      const raw = Number(await rawWindows.getFunction("open").staticCall(...place));
      await rawWindows.open(...place);
      await rawWindows.extend(raw, toHex(concatBytes(...stream.frames.filter(keep))));
      Object.assign(it, { raw, window: NO_PROOF });
    }
    return shown;
  };

  /** Anchors what the probes have, with readings of the future, and convicts the operator of one of them. */
  const voidStream = async ({ tree, probe: { streamId } }: Stream) => {
    const batch = await anchorAt(covered(), 0);
    const size = batch.sizes.get(tree)!;
    const { index, siblings } = batch.directory.prove(streamId);
    const view = { streamId, size, node: (level: number, at: number) => tree.node(level, at, size) };
    const opened = openNode(view, { level: 0, index: size - 1 });
    const node = { ...opened, batch: batch.number, directory: { index, siblings } };
    await convict(world(), { code: "FromTheFuture", streamId, node });
  };

  /** What the slash took, so that the operator can anchor again. */
  const fillBond = async () => {
    const { accounts, addresses, contracts } = world();
    const { operator, tokenOwner } = accounts;
    await contracts.token.connect(tokenOwner).mint(operator.address, BOND.slashed);
    await contracts.token.connect(operator).approve(addresses.operatorBond, BOND.slashed);
    await contracts.operatorBond.connect(operator).post(operator.address, BOND.slashed);
  };

  return {
    claims,
    disputes,
    rawEvidence,
    voidStream,
    fillBond,
    /** Streams of which nothing was recorded yet. */
    forget: () => {
      covered().streams = covered().streams.map(({ probe }) => createStream(probe));
    },
    stateOf: async (id = 1) => {
      const { state, amount, ground } = await claims().claim(id);
      return { state, amount, ground };
    },
    credit: (who: Account) => disputes().creditOf(world().accounts[who].address),
    reserved: async () => (await world().contracts.policies.policy(covered().policy)).reserved,
    night: (hours = 8) => sampleNight(covered(), covered().coverFromMs, { hours }),
    part: (window: Span, hours: number) => ({ ...window, toMs: window.fromMs + hours * HOUR_MS }),
    dispute: (who: Account, ground: bigint, id = 1) =>
      disputes(who).dispute(id, covered().terms, ground, REASON),
    demand: (who: Account, id = 1) => disputes(who).demand(id, covered().terms),
    rule: (on: bigint, amount: bigint, { who = "arbiter", id = 1 }: { who?: Account; id?: number } = {}) =>
      disputes(who).rule(id, covered().terms, on, amount),
    correct: (evidence: ReturnType<typeof evidenceOf>, id = 1) =>
      claims().correct(id, covered().terms, evidence),
  };
}
