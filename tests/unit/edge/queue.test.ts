import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createBatchQueue } from "../../../edge/queue.ts";

/** A pause that ends when the test says so. */
function manualPause() {
  let end = () => {};
  return {
    pause: (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        end = resolve;
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    end: () => end(),
  };
}

test("closes a batch when its window is over", async () => {
  const { pause, end } = manualPause();
  const queue = createBatchQueue<number>({ maxBatch: 10, windowMs: 20, capacity: 100, pause });
  const batch = queue.take();
  await queue.put([1]);
  await queue.put([2, 3]);
  end();
  expect(await batch).toEqual([1, 2, 3]);
});

test("closes a batch early when it is full, and keeps the rest in order", async () => {
  const { pause } = manualPause();
  const queue = createBatchQueue<number>({ maxBatch: 2, windowMs: 20, capacity: 100, pause });
  await queue.put([1, 2, 3, 4]);
  expect([await queue.take(), await queue.take()]).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("holds up a sender while there is no room", async () => {
  const { pause } = manualPause();
  const queue = createBatchQueue<number>({ maxBatch: 2, windowMs: 20, capacity: 3, pause });
  let hasRoom = false;
  const putting = queue.put([1, 2, 3, 4]).then(() => {
    hasRoom = true;
  });
  await nextTurn();
  expect(hasRoom).toBe(false);
  await queue.take();
  await putting;
});

test("hands out what is left when it is closed, and then nothing", async () => {
  const { pause } = manualPause();
  const queue = createBatchQueue<number>({ maxBatch: 10, windowMs: 20, capacity: 100, pause });
  await queue.put([1]);
  const batch = queue.take();
  queue.close();
  expect(await batch).toEqual([1]);
  expect(await queue.take()).toEqual([]);
});
