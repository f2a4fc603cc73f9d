import type { StreamTree } from "../../protocol/tree.ts";
import { proveWindow } from "../../protocol/window.ts";
import { anchor, gasOf, probeOf, windowProof } from "../unit/contracts/probes.ts";
import { syntheticTree } from "../unit/contracts/synthetic.ts";
import { createWorld, type World } from "../unit/contracts/world.ts";
import { compare, type Measurement } from "./measurement.ts";

// protocol.md §7
const MOST_GAS = { anchor: 90_000, window: 230_000 };
const STREAM_SIZE = 600_000;
const WINDOWS = [120, 1_440, 10_080];
const PERIOD_MS = 60_000;

/** Gas of whole transactions beside the limits of protocol §7, on a chain in this process. */
export async function benchGas(): Promise<Measurement[]> {
  const world = await createWorld();
  const startMs = (await world.time.latest()) * 1000;
  const measured: Measurement[] = [];
  let anchored = 0;
  for (const readings of WINDOWS) {
    const { tree, fromMs, toMs } = worstWindow({ world, readings, startMs });
    const others = [1, 2, 3].map((n) => streamOf({ world, n, edges: [], startMs }));
    const batch = await anchor(world, [tree, ...others]);
    anchored = Math.max(anchored, batch.gas);
    const proof = windowProof(tree, batch, { fromMs, toMs, showBefore: true });
    const { windowVerifier } = world.contracts;
    const transaction = await windowVerifier.verify.populateTransaction(tree.streamId, fromMs, toMs, proof);
    const gas = await gasOf(await world.accounts.stranger.sendTransaction(transaction));
    const name = `window proof, ${readings} readings of ${STREAM_SIZE}, the worst of many alignments`;
    measured.push(beside(name, gas, MOST_GAS.window));
  }
  return [beside("anchor a batch", anchored, MOST_GAS.anchor), ...measured];
}

function beside(name: string, gas: number, limit: number): Measurement {
  return compare({
    name,
    value: gas,
    unit: "gas",
    comparedTo: { name: "limit of protocol §7", value: limit },
    goal: { atMost: 1 },
  });
}

/** The window with the longest proof among those whose middle or quarter lies at the border of a large subtree. */
function worstWindow({ world, readings, startMs }: { world: World; readings: number; startMs: number }) {
  const starts = [2 ** 17, 2 ** 18, 2 ** 18 + 2 ** 17, 2 ** 19].flatMap((border) =>
    [0.25, 0.5, 0.75].flatMap((part) => [0, 1].map((odd) => border - Math.floor(part * readings) + odd)),
  );
  const windows = starts.map((first) => {
    const last = first + readings - 1;
    const tree = streamOf({ world, n: 0, edges: [first - 1, first, last, last + 1], startMs });
    const window = { fromMs: startMs + first * PERIOD_MS, toMs: startMs + last * PERIOD_MS };
    return { tree, ...window, bytes: proveWindow(tree, { ...window, showBefore: true }).length };
  });
  return windows.reduce((worst, window) => (window.bytes > worst.bytes ? window : worst));
}

/** A stream of one reading a minute; only what hangs above `edges` is hashed. */
function streamOf({
  world,
  n,
  edges,
  startMs,
}: {
  world: World;
  n: number;
  edges: readonly number[];
  startMs: number;
}): StreamTree {
  const { streamId } = probeOf(world, n);
  return syntheticTree({
    streamId,
    size: STREAM_SIZE,
    periodMs: PERIOD_MS,
    startMs,
    edges,
    oxygenOf: () => [0.2, 1.8],
  });
}
