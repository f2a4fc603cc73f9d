import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEMAND_BOND, DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { openNode } from "../../../protocol/opening.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { contestOf, readyForDisputes } from "./contested-pond.ts";
import {
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  prove,
  SAMPLE_MS,
  type Span,
  samples,
} from "./covered-pond.ts";
import { type Batch, frameOf, record } from "./probes.ts";
import { DAY, HOUR_MS } from "./quotes.ts";
import { refusal } from "./reverts.ts";

/** The reading of the breach that every probe's operator lost. */
const LOST = 5;

describe("a claim on a night of four hours in which a reading of each probe was lost", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  let window: Span;
  let batch: Batch;
  const contest = contestOf(() => covered);
  const { claims, disputes, stateOf, credit, reserved, dispute, demand, correct } = contest;

  beforeAll(async () => {
    covered = await coveredWorld();
    await readyForDisputes(covered.world);
    const fromMs = covered.coverFromMs + 2 * HOUR_MS;
    window = { fromMs, toMs: fromMs + 4 * HOUR_MS };
    for (const stream of covered.streams) {
      record(stream, samples({ fromMs: fromMs - HOUR_MS, toMs: fromMs }, 6));
      const breach = samples({ fromMs, toMs: window.toMs + 1 }, 1.5);
      record(
        stream,
        breach.map((sample, i) => ({ ...sample, lost: i === LOST })),
      );
      record(stream, samples({ fromMs: window.toMs + SAMPLE_MS, toMs: window.toMs + HOUR_MS }, 6));
    }
    batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
    await prove(covered, window, evidenceOf(covered, batch, window));
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  /** The lost reading of every probe, shown beside the window it is missing from. */
  const withTheLost = (oxygenMgPerL: number) =>
    evidenceOf(covered, batch, window).map((shown) => {
      const { tree, probe } = covered.streams.find(
        (stream) => toHex(stream.probe.streamId) === covered.terms.probes[shown.probe],
      )!;
      const { index: entry, siblings } = batch.directory.prove(tree.streamId);
      const index = 6 + LOST;
      const opened = openNode(tree, { level: 0, index });
      const frame = frameOf(probe, index, { timeMs: window.fromMs + LOST * SAMPLE_MS, oxygenMgPerL });
      const leaf = {
        batch: batch.number,
        entry,
        siblings: siblings.map(toHex),
        size: opened.size,
        index,
        node: toHex(opened.node),
        path: toHex(opened.path),
      };
      return { ...shown, shown: [{ leaf, frame: toHex(frame) }] };
    });
  const readings = async () => (await claims().claim(1)).basis.readings;

  describe("given the lost readings agree", () => {
    it("rests on more readings, pays the same, and keeps its time", async () => {
      const before = await claims().claim(1);
      await correct(withTheLost(1.4));
      const after = await claims().claim(1);
      expect(after.basis.readings).toBe(before.basis.readings + 2n);
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 400_000n });
      expect(after.payableFrom).toBe(before.payableFrom);
    });

    it("is not bettered by the same twice, nor by fewer again", async () => {
      await correct(withTheLost(1.4));
      expect(await refusal(correct(withTheLost(1.4)), claims())).toBe("NoBetterEvidence");
      expect(await refusal(correct(evidenceOf(covered, batch, window)), claims())).toBe("NoBetterEvidence");
    });

    it("is not bettered by one probe alone, nor shown as raw and proven at once", async () => {
      const [first, second] = withTheLost(1.4);
      expect(await refusal(correct([first!]), claims())).toBe("TooFewSensors");
      const raw = await contest.rawEvidence(window);
      expect(await refusal(correct([raw[0]!, second!]), claims())).toBe("NotOneBatch");
      const both = raw.map((it, i) => ({ ...it, shown: [first!, second!][i]!.shown }));
      expect(await refusal(correct(both), claims())).toBe("ShownBesideRaw");
    });

    it("goes on being disputed about its numbers, for a tree says nothing of signatures", async () => {
      await dispute("insurer", GROUND.numbers);
      await correct(withTheLost(1.4));
      expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.numbers });
    });
  });

  describe("given a lost reading shows that the pond had recovered", () => {
    it("pays nothing, keeps nothing, and gives back the bonds that stood against it", async () => {
      await dispute("insurer", GROUND.cause);
      await demand("claimsOfficer");
      await correct(withTheLost(7));
      expect(await stateOf()).toMatchObject({ state: STATE.rejected, amount: 0n });
      expect(await reserved()).toBe(0n);
      expect(await credit("insurer")).toBe(DISPUTE_BOND);
      expect(await credit("claimsOfficer")).toBe(DEMAND_BOND);
      expect(await disputes().held()).toBe(DISPUTE_BOND + DEMAND_BOND);
    });

    it("is made again by raw proof alone, which says what the signed frames say", async () => {
      await correct(withTheLost(7));
      const evidence = evidenceOf(covered, batch, window);
      expect(await refusal(prove(covered, window, evidence), claims())).toBe("NeedsRawProof");
    });

    it("can be corrected no more once it is final", async () => {
      await covered.world.time.increase(DAY);
      await claims().finalize(1, covered.terms);
      expect(await refusal(correct(withTheLost(7)), claims())).toBe("WrongClaimState");
    });
  });

  describe("given a demand for its data", () => {
    it("is answered by as many readings, every probe's raw, at the cost of who asked in vain", async () => {
      await demand("insurer");
      const before = await readings();
      await correct(await contest.rawEvidence(window));
      expect(await readings()).toBe(before);
      expect(await credit("stranger")).toBe(DEMAND_BOND / 2n);
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 400_000n });
    });

    it("is not answered by a tree, however many readings are shown beside it", async () => {
      await demand("insurer");
      await correct(withTheLost(1.4));
      expect((await disputes().demandOf(1)).by).toBe(covered.world.accounts.insurer.address);
      await covered.world.time.increase(DAY);
      expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("DataDemanded");
    });

    it("gives the bond back that was right: the amount fell", async () => {
      await demand("insurer");
      await correct(withTheLost(7));
      expect(await credit("insurer")).toBe(DEMAND_BOND);
    });
  });
});
