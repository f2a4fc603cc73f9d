import { worstWindow } from "../unit/contracts/long-streams.ts";
import { anchor, gasOf, probeOf, windowProof } from "../unit/contracts/probes.ts";
import { createWorld } from "../unit/contracts/world.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const LENGTHS = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
const LIMIT = 230_000;

export type FlatCost = { size: number; points: { readings: number; gas: number }[] };

/** Gas of a window proof at its worst alignment, by size of the stream and length of the window. */
export async function measureFlatCost(): Promise<FlatCost[]> {
  const world = await createWorld();
  const startMs = (await world.time.latest()) * 1000;
  const { streamId } = probeOf(world, 0);
  const costs: FlatCost[] = [];
  for (const size of SIZES) {
    const points: FlatCost["points"] = [];
    for (const readings of LENGTHS.filter((length) => length < size)) {
      const { tree, fromMs, toMs } = worstWindow({ streamId, size, startMs, readings });
      const batch = await anchor(world, [tree]);
      const proof = windowProof(tree, batch, { fromMs, toMs, showBefore: true });
      const { verify } = world.contracts.windowVerifier;
      const call = await verify.populateTransaction(streamId, fromMs, toMs, proof);
      points.push({ readings, gas: await gasOf(await world.accounts.stranger.sendTransaction(call)) });
    }
    costs.push({ size, points });
  }
  return costs;
}

const WIDTH = 640;
const HEIGHT = 320;
const PLOT = { left: 64, right: WIDTH - 120, top: 24, bottom: HEIGHT - 48 };
const MOST_GAS = 250_000;

/** The chart as SVG; lines take their colour from the reader's scheme, light or dark. */
export function flatChart(costs: readonly FlatCost[]): string {
  const x = (readings: number) => PLOT.left + ((Math.log10(readings) - 1) / 4) * (PLOT.right - PLOT.left);
  const y = (gas: number) => PLOT.bottom - (gas / MOST_GAS) * (PLOT.bottom - PLOT.top);
  const text = (at: { x: number; y: number; anchor?: string }, words: string) =>
    `<text x="${round(at.x)}" y="${round(at.y)}" text-anchor="${at.anchor ?? "start"}">${words}</text>`;
  const grid = [0, 50_000, 100_000, 150_000, 200_000, 250_000].flatMap((gas) => [
    `<path class="grid" d="M${PLOT.left} ${round(y(gas))}H${PLOT.right}"/>`,
    text({ x: PLOT.left - 8, y: y(gas) + 4, anchor: "end" }, `${gas / 1000}k`),
  ]);
  const ticks = [10, 100, 1_000, 10_000, 100_000].map((readings) =>
    text({ x: x(readings), y: PLOT.bottom + 18, anchor: "middle" }, readings.toLocaleString("en")),
  );
  const curves = costs.flatMap(({ size, points }, i) => {
    const last = points.at(-1)!;
    const path = points.map(({ readings, gas }) => `${round(x(readings))} ${round(y(gas))}`).join("L");
    const label = { x: x(last.readings) + 6, y: y(last.gas) + 4 };
    return [`<path class="curve c${i}" d="M${path}"/>`, text(label, size.toLocaleString("en"))];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Gas of a window proof">`,
    "<style>text{font:12px sans-serif;fill:#1b2a33}.grid{stroke:#c9d3d9}.limit{stroke:#b3261e;stroke-dasharray:4 4}",
    ".curve{fill:none;stroke-width:2}.c0{stroke:#7a5195}.c1{stroke:#00796b}.c2{stroke:#1565c0}",
    "@media (prefers-color-scheme:dark){text{fill:#e4ebef}.grid{stroke:#3d4a52}.limit{stroke:#ff8a80}",
    ".c0{stroke:#ce93d8}.c1{stroke:#4db6ac}.c2{stroke:#64b5f6}}</style>",
    ...grid,
    `<path class="limit" d="M${PLOT.left} ${round(y(LIMIT))}H${PLOT.right}"/>`,
    text({ x: PLOT.left + 6, y: y(LIMIT) - 5 }, "limit at 600,000 readings in the stream"),
    ...ticks,
    ...curves,
    text({ x: (PLOT.left + PLOT.right) / 2, y: HEIGHT - 8, anchor: "middle" }, "readings in the window"),
    text({ x: PLOT.left, y: PLOT.top - 8 }, "gas of a whole transaction, by readings in the stream"),
    "</svg>",
  ].join("\n")}\n`;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
