import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { contestOf } from "./contested-pond.ts";
import {
  type CoveredPond,
  coveredWorld,
  type evidenceOf,
  frameBefore,
  NO_PROOF,
  prove,
  SAMPLE_MS,
  type Span,
  sampleNight,
} from "./covered-pond.ts";
import type { Stream } from "./probes.ts";
import { HOUR_MS } from "./quotes.ts";

describe("a farmer whose operator anchors nothing", () => {
  let covered: CoveredPond;
  let night: Span;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    covered = await coveredWorld();
    night = sampleNight(covered, covered.coverFromMs, { hours: 4 });
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    await covered.world.time.increaseTo((night.toMs + SAMPLE_MS) / 1000);
  });
  afterEach(() => snapshot.restore());

  const farmer = () => {
    const { contracts, accounts } = covered.world;
    return contracts.rawWindows.connect(accounts.farmer);
  };
  /** As far as the first reading after the window, ten minutes later. */
  const segmentOf = ({ frames }: Stream) =>
    concatBytes(...frames.slice(0, (night.toMs - covered.coverFromMs) / SAMPLE_MS + 2));
  const commit = async () => {
    for (const stream of covered.streams) await farmer().commit(toHex(sha256(segmentOf(stream))));
  };
  /** Every probe's window out of its signed frames alone. */
  const evidence = async () => {
    const shown: ReturnType<typeof evidenceOf> = [];
    for (const stream of covered.streams) {
      const streamId = toHex(stream.probe.streamId);
      const place = [streamId, night.fromMs, night.toMs] as const;
      const raw = Number(
        await farmer()
          .getFunction("open")
          .staticCall(...place),
      );
      await farmer().open(...place);
      await farmer().extend(raw, toHex(segmentOf(stream)));
      const probe = covered.terms.probes.indexOf(streamId);
      const window = { ...NO_PROOF, siblings: [], walk: "0x" as const };
      const before = toHex(frameBefore(stream, night.fromMs));
      shown.push({ probe, window, raw, earlier: NO_PROOF, before, shown: [] });
    }
    return shown.sort((a, b) => a.probe - b.probe);
  };
  const { claims, stateOf } = contestOf(() => covered);

  it("claims by the frames that he committed to in time, as if they had been anchored", async () => {
    await commit();
    await covered.world.time.increase(3 * 86_400);
    await prove(covered, night, await evidence());
    expect(await covered.world.contracts.batchLedger.lastBatch()).toBe(0n);
    expect(await stateOf()).toEqual({ state: STATE.evaluated, ground: GROUND.none, amount: 400_000n });
    const { fromMs, toMs } = await claims().claim(1);
    expect(Number(toMs - fromMs)).toBe(4 * HOUR_MS);
  });

  it("comes before the arbiter where he committed to nothing, and is late", async () => {
    await covered.world.time.increase(3 * 86_400);
    await prove(covered, night, await evidence());
    expect(await stateOf()).toEqual({ state: STATE.disputed, ground: GROUND.late, amount: 400_000n });
  });
});
