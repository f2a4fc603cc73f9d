import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { startFollower } from "../../../edge/follower.ts";
import { silentLog } from "../../../edge/log.ts";
import type { FeedItem } from "../../../protocol/feed.ts";
import { systemClock } from "../../../service/system-clock.ts";

test("a long backlog is worked off in turns with whatever else the gateway does", async () => {
  const BATCHES = 200;
  const settings = new Map<string, string>();
  let worked = 0;
  const follower = startFollower({
    name: "view",
    store: {
      positions: {
        after: (cursor: number, limit: number) =>
          Array.from({ length: Math.min(limit, 10 * BATCHES - cursor) }, (_, i): FeedItem => {
            return { kind: "hole", cursor: cursor + i + 1, device: "00112233aabbccdd", seq: i, reason: 2 };
          }),
      } as never,
      setting: (name) => settings.get(name),
      setSetting: (name, value) => void settings.set(name, value),
    },
    clock: systemClock,
    maxItems: 10,
    // As the view of quality does, it never waits for anything.
    work: async () => {
      worked++;
      return "done";
    },
    log: silentLog,
  });
  let mostInOneTurn = 0;
  for (let before = 0; worked < BATCHES; before = worked) {
    await nextTurn();
    mostInOneTurn = Math.max(mostInOneTurn, worked - before);
  }
  expect(mostInOneTurn).toBeLessThanOrEqual(2);
  await follower.stop();
  expect(settings.get("follower.view")).toBe(String(10 * BATCHES));
});
