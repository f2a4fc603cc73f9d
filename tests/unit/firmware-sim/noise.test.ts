import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNoise } from "../../../firmware-sim/noise.ts";
import { philox2x32 } from "../../../science/philox.ts";

describe("philox2x32", () => {
  // Known answers published with the generator (Random123, kat_vectors, "philox2x32 10").
  it.each([
    [[0x00000000, 0x00000000], 0x00000000, [0xff1dae59, 0x6cd10df2]],
    [[0xffffffff, 0xffffffff], 0xffffffff, [0x2c3f628b, 0xab4fd7ad]],
    [[0x243f6a88, 0x85a308d3], 0x13198a2e, [0xdd7ce038, 0xf62a4c12]],
  ] as const)("gives the published answer for counter %j and key %d", (counter, key, answer) => {
    expect(philox2x32(counter, key)).toEqual(answer);
  });
});

describe("createNoise", () => {
  it("gives the same number for one seed and index in any order", () => {
    const indices = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.string(), indices, (seed, asked) => {
        const there = createNoise(seed);
        const back = createNoise(seed);
        const forwards = asked.map((index) => there.normal(index));
        const backwards = asked.toReversed().map((index) => back.normal(index));
        expect(forwards).toEqual(backwards.toReversed());
      }),
    );
  });

  it("is standard normal", () => {
    const noise = createNoise("pond");
    const drawn = Array.from({ length: 20_000 }, (_, index) => noise.normal(index));
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it("gives neighbouring seeds streams of their own", () => {
    const apart = Array.from({ length: 100 }, (_, index) => [
      createNoise("probe-a").uniform(index),
      createNoise("probe-b").uniform(index),
    ]);
    expect(apart.filter(([a, b]) => a === b)).toEqual([]);
  });

  it("passes smoothly through the numbers at whole positions", () => {
    const noise = createNoise("cloud");
    expect(noise.smooth(7)).toBeCloseTo(noise.normal(7), 12);
    expect(noise.smooth(7.999999)).toBeCloseTo(noise.normal(8), 5);
  });
});
