import { longTree, worstWindow } from "../unit/contracts/long-streams.ts";
import { anchor, gasOf, probeOf, windowProof } from "../unit/contracts/probes.ts";
import { createWorld } from "../unit/contracts/world.ts";
import { compare, type Measurement } from "./measurement.ts";

// protocol.md §7
const MOST_GAS = { anchor: 90_000, window: 230_000 };
const STREAM_SIZE = 600_000;
const WINDOWS = [120, 1_440, 10_080];

/** Gas of whole transactions beside the limits of protocol §7, on a chain in this process. */
export async function benchGas(): Promise<Measurement[]> {
  const world = await createWorld();
  const startMs = (await world.time.latest()) * 1000;
  const measured: Measurement[] = [];
  let anchored = 0;
  for (const readings of WINDOWS) {
    const { tree, fromMs, toMs } = worstWindow({
      streamId: probeOf(world, 0).streamId,
      size: STREAM_SIZE,
      startMs,
      readings,
    });
    const others = [1, 2, 3].map((n) =>
      longTree({ streamId: probeOf(world, n).streamId, size: STREAM_SIZE, edges: [], startMs }),
    );
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
