import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../protocol/bytes.ts";
import { readingLeaf } from "../../../protocol/node.ts";
import { encodeValue, FLAG } from "../../../protocol/record.ts";
import { COMPARISON } from "../../../protocol/terms.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  frameBefore,
  prove,
  SAMPLE_MS,
  type Span,
  sampleNight,
  samples,
} from "./covered-pond.ts";
import { createStream, frameOf, pondId, record, type Sample, type Stream } from "./probes.ts";
import { HOUR_MS, hypoxia } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";

const HOURS = 4;

describe("evidence for a claim", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  let startMs: number;

  const begin = async (options: Parameters<typeof coveredWorld>[0] = {}) => {
    covered = await coveredWorld({ probes: 3, ...options });
    startMs = covered.coverFromMs;
  };
  const claims = () => covered.world.contracts.claims;
  const refusalOf = (window: Span) => refusal(anchorAndProve(covered, window), claims());

  /** A good night but for what `edit` makes of the breach's samples at the first probe. */
  const nightWith = (edit: (breach: Sample[]) => Sample[]): Span => {
    const [first, ...others] = covered.streams as [Stream, ...Stream[]];
    const window = sampleNight({ streams: others }, startMs, { hours: HOURS });
    record(first, samples({ fromMs: startMs, toMs: window.fromMs }, 6));
    record(first, edit(samples({ fromMs: window.fromMs, toMs: window.toMs + 1 }, 1.5)));
    record(first, samples({ fromMs: window.toMs + SAMPLE_MS, toMs: window.toMs + 2 * HOUR_MS }, 6));
    return window;
  };
  const change = (at: number, by: Partial<Sample>) => (breach: Sample[]) =>
    breach.map((sample, i) => (i === at ? { ...sample, ...by } : sample));

  describe("from three probes", () => {
    beforeAll(() => begin());
    beforeEach(async () => {
      snapshot = await covered.world.networkHelpers.takeSnapshot();
      covered.streams = covered.probes.map(createStream);
    });
    afterEach(() => snapshot.restore());

    it("is enough from two of them, in the order of the terms", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const [a, b] = evidenceOf(covered, batch, window) as [never, never];
      expect(await refusal(prove(covered, window, [a]), claims())).toBe("TooFewSensors");
      expect(await refusal(prove(covered, window, [b, a]), claims())).toBe("ProbesNotAscending");
      expect(await refusal(prove(covered, window, [a, a]), claims())).toBe("ProbesNotAscending");
      await prove(covered, window, [a, b]);
      expect((await claims().claim(1)).payoutBps).toBe(4000n);
    });

    it("counts only from probes that the terms name", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const [a, b] = evidenceOf(covered, batch, window);
      const foreign = { ...b!, probe: 3 };
      expect(await refusal(prove(covered, window, [a!, foreign]), claims())).toBe("UnknownProbe");
    });

    it("awards the tier that all probes shown meet", async () => {
      const window = nightWith((breach) =>
        breach.map((at, i) => ({ ...at, oxygenMgPerL: i < 14 ? 1.5 : 2.5 })),
      );
      const half = { ...window, toMs: window.fromMs + 2 * HOUR_MS };
      const batch = await anchorAt(covered, half.toMs + SAMPLE_MS);
      expect(await refusal(prove(covered, window, evidenceOf(covered, batch, window)), claims())).toBe(
        "NoTierMet",
      );
      await prove(covered, half, evidenceOf(covered, batch, half));
      expect((await claims().claim(1)).payoutBps).toBe(1000n);
    });

    it("counts oxygen of exactly zero, and not the threshold itself", async () => {
      const zero = nightWith(change(5, { oxygenMgPerL: 0 }));
      await anchorAndProve(covered, zero);
      expect((await claims().claim(1)).payoutBps).toBe(4000n);
      await snapshot.restore();
      covered.streams = covered.probes.map(createStream);
      expect(await refusalOf(nightWith(change(5, { oxygenMgPerL: 2 })))).toBe("NoTierMet");
    });

    it("allows as many holes as the terms, and no more", async () => {
      // Every fourth reading is lost, so that no gap is too long.
      const lose = (howMany: number) => (breach: Sample[]) =>
        breach.map((at, i) => ({ ...at, lost: i % 4 === 2 && i < 4 * howMany }));
      await anchorAndProve(covered, nightWith(lose(3)));
      expect((await claims().claim(1)).payoutBps).toBe(4000n);
      await snapshot.restore();
      covered.streams = covered.probes.map(createStream);
      const { name, args } = await revertOf(anchorAndProve(covered, nightWith(lose(4))), claims());
      expect({ name, missing: args[1], allowed: args[2] }).toEqual({
        name: "TooManyMissing",
        missing: 4n,
        allowed: 3n,
      });
    });

    it("is refused when a gap between readings is longer than the terms allow", async () => {
      const { name, args } = await revertOf(
        anchorAndProve(
          covered,
          nightWith((breach) => breach.filter((_, i) => i < 3 || i > 5)),
        ),
        claims(),
      );
      expect({ name, gap: args[1], allowed: args[2] }).toEqual({
        name: "GapTooLong",
        gap: BigInt(4 * SAMPLE_MS),
        allowed: BigInt(3 * SAMPLE_MS),
      });
    });

    it("counts the gaps to the readings before and after the window", async () => {
      const window = nightWith((breach) => breach.slice(3));
      expect(await refusalOf(window)).toBe("GapTooLong");
    });

    it("is refused when the metric was not measured once", async () => {
      expect(await refusalOf(nightWith(change(7, { oxygenMgPerL: null })))).toBe("NotMeasured");
    });

    it("is refused when a value is impossible", async () => {
      expect(await refusalOf(nightWith(change(7, { oxygenMgPerL: -999 })))).toBe("ImplausibleValues");
    });

    it("is refused when a reading carries a flag that the terms do not allow", async () => {
      expect(await refusalOf(nightWith(change(7, { flags: FLAG.tampered })))).toBe("FlagsNotAllowed");
    });

    it("does not show a recovery by a probe that hangs in the air", async () => {
      const window = nightWith((breach) => breach);
      for (const stream of covered.streams) {
        const recovered = createStream(stream.probe);
        record(recovered, samples({ fromMs: startMs, toMs: window.fromMs - SAMPLE_MS }, 1.5));
        record(recovered, [{ timeMs: window.fromMs - SAMPLE_MS, oxygenMgPerL: 9, flags: FLAG.tampered }]);
        record(recovered, samples({ fromMs: window.fromMs, toMs: window.toMs + 1 }, 1.5));
        record(recovered, samples({ fromMs: window.toMs + SAMPLE_MS, toMs: window.toMs + HOUR_MS }, 6));
        covered.streams = covered.streams.map((old) => (old === stream ? recovered : old));
      }
      expect(await refusalOf(window)).toBe("EventMustBeginInsideCover");
    });

    it("needs the reading before from one probe only, and that one's own", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const nobody = evidenceOf(covered, batch, window, { shownBy: [] });
      expect(await refusal(prove(covered, window, nobody), claims())).toBe("EventMustBeginInsideCover");

      const all = evidenceOf(covered, batch, window);
      const borrowed = all.map((at, i) => ({ ...at, before: all[(i + 1) % all.length]!.before }));
      expect(await refusal(prove(covered, window, borrowed), claims())).toBe("NotTheReadingBefore");
      const cut = all.map((at) => ({ ...at, before: at.before.slice(0, -2) as typeof at.before }));
      expect(await refusal(prove(covered, window, cut), claims())).toBe("NotTheReadingBefore");
      const unopened = nobody.map((at, i) => ({ ...at, before: all[i]!.before }));
      expect(await refusal(prove(covered, window, unopened), claims())).toBe("NotTheReadingBefore");

      await prove(
        covered,
        window,
        evidenceOf(covered, batch, window, { shownBy: covered.streams.slice(1, 2) }),
      );
      expect((await claims().claim(1)).payoutBps).toBe(4000n);
    });

    it("checks the signature of the reading before once more", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const [first] = covered.streams as [Stream];
      const forged = createStream(first.probe);
      const at = first.frames.indexOf(frameBefore(first, window.fromMs));
      forged.frames = first.frames.map((frame, i) => {
        if (i !== at) return frame;
        const lie = frameOf(first.probe, i, { timeMs: window.fromMs - SAMPLE_MS, oxygenMgPerL: 7 });
        lie.set(frame.subarray(96), 96);
        return lie;
      });
      for (const [i, frame] of forged.frames.entries()) {
        forged.tree.append(readingLeaf(first.probe.streamId, i, frame));
      }
      covered.streams = covered.streams.map((old) => (old === first ? forged : old));
      expect(await refusalOf(window)).toBe("BadSignature");
    });

    it("is refused from a probe that was revoked in the window, and good from one revoked after it", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const registry = covered.world.contracts.deviceRegistry.connect(covered.world.accounts.farmer);
      const [a, b] = covered.probes as [(typeof covered.probes)[0], (typeof covered.probes)[0]];
      await registry.revoke(a.streamId, window.toMs + 1);
      await registry.revoke(b.streamId, window.toMs);
      const { name, args } = await revertOf(anchorAndProve(covered, window), claims());
      expect({ name, args }).toEqual({ name: "ProbeNotServing", args: [toHex(b.streamId)] });
    });

    it("takes no beginning from a reading before that another pond gave", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const registry = covered.world.contracts.deviceRegistry.connect(covered.world.accounts.registrar);
      const moved = covered.probes[0]!;
      await registry.bind(moved.streamId, pondId("a dying pond"), startMs);
      await registry.bind(moved.streamId, covered.pond, window.fromMs - 1);
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const own = covered.streams.filter(({ probe }) => probe === moved);
      const foreign = evidenceOf(covered, batch, window, { shownBy: own });
      expect(await refusal(prove(covered, window, foreign), claims())).toBe("EventMustBeginInsideCover");
      // Its window lies in this pond, and the others show the beginning.
      await prove(covered, window, evidenceOf(covered, batch, window));
    });

    it("is refused from a probe that hung in a dying pond for a part of the window", async () => {
      const window = sampleNight(covered, startMs, { hours: HOURS });
      const registry = covered.world.contracts.deviceRegistry.connect(covered.world.accounts.registrar);
      const moved = covered.probes[0]!;
      await registry.bind(moved.streamId, pondId("a dying pond"), startMs);
      await registry.bind(moved.streamId, covered.pond, window.fromMs + 1);
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const evidence = evidenceOf(covered, batch, window);
      expect(await refusal(prove(covered, window, evidence), claims())).toBe("ProbeNotServing");
    });
  });

  it("must meet the second condition of the peril as well", async () => {
    const second = { present: true, metric: 6, comparison: COMPARISON.above, threshold: encodeValue(3) };
    await begin({ peril: hypoxia({ second }) });
    const window = sampleNight(covered, startMs, { hours: HOURS });
    await anchorAndProve(covered, window);
    expect((await claims().claim(1)).payoutBps).toBe(4000n);

    await begin({ peril: hypoxia({ second: { ...second, threshold: encodeValue(3.5) } }) });
    expect(await refusalOf(sampleNight(covered, startMs, { hours: HOURS }))).toBe("SecondConditionNotMet");

    await begin({ peril: hypoxia({ second: { ...second, metric: 3 } }) });
    expect(await refusalOf(sampleNight(covered, startMs, { hours: HOURS }))).toBe("NotMeasured");
  });

  it("pays the sum less the deductible, up to the sublimit", async () => {
    await begin({ peril: hypoxia({ deductible: 25_000n, sublimit: 600_000n }) });
    const four = sampleNight(covered, startMs, { hours: 4 });
    await anchorAndProve(covered, four);
    expect((await claims().claim(1)).amount).toBe(375_000n);
    const six = sampleNight(covered, four.toMs + 20 * HOUR_MS, { hours: 6 });
    await anchorAndProve(covered, six);
    expect((await claims().claim(2)).amount).toBe(225_000n);
  });

  it("pays nothing where the deductible is higher than the tier", async () => {
    await begin({ peril: hypoxia({ deductible: 100_000n }) });
    expect(await refusalOf(sampleNight(covered, startMs, { hours: 2 }))).toBe("NothingMoreToPay");
  });
});
