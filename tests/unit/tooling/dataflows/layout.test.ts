import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BADGE_PX,
  type Label,
  type Layout,
  LINE_PX,
  layOut,
  NAME_PX,
  type Rect,
  type Scene,
  sceneOf,
  TITLE_PX,
} from "../../../../tooling/dataflows/layout.ts";
import { badgeOf, type Model } from "../../../../tooling/dataflows/model.ts";
import { widthOf, wrap } from "../../../../tooling/dataflows/text.ts";
import { MODEL_NAMES, modelNamed, readModel } from "./model-files.ts";
import { models } from "./random-models.ts";

const meet = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const holds = (outer: Rect, inner: Rect) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

const pairs = <T>(list: readonly T[]) =>
  list.flatMap((one, i) => list.slice(i + 1).map((other) => [one, other] as const));

function scenesOf(model: Model): Scene[] {
  const ofActivities = model.activities.map((activity) =>
    sceneOf(
      model,
      activity.flows.map((flow) => ({ ...flow, badge: badgeOf(activity, flow) })),
    ),
  );
  return [sceneOf(model, []), ...ofActivities];
}

/** What of a layout cannot be read, in words. */
function faultsOf(layout: Layout): string[] {
  const { width, height, zones, routes } = layout;
  const canvas = { x: 0, y: 0, width, height };
  const boxes = zones.flatMap((zone) => zone.boxes);
  const faults: string[] = [];
  const must = (holdsTrue: boolean, fault: string) => {
    if (!holdsTrue) faults.push(fault);
  };
  const mustFit = ({ rect, lines }: Label, sizePx: number) => {
    must(lines.length * LINE_PX <= rect.height, `"${lines}" is higher than its place`);
    for (const line of lines) must(widthOf(line, sizePx) <= rect.width, `"${line}" is wider than its place`);
  };
  for (const zone of zones) {
    must(holds(canvas, zone.rect), `${zone.group} leaves the drawing`);
    must(holds(zone.rect, zone.title.rect), `the title of ${zone.group} leaves it`);
    mustFit(zone.title, TITLE_PX);
    for (const { party, rect, name } of zone.boxes) {
      must(holds(zone.rect, rect), `${party} leaves ${zone.group}`);
      must(holds(rect, name.rect), `the name of ${party} leaves its box`);
      must(!meet(zone.title.rect, rect), `${party} covers the title of ${zone.group}`);
      mustFit(name, NAME_PX);
    }
  }
  for (const [a, b] of pairs(zones)) must(!meet(a.rect, b.rect), `${a.group} meets ${b.group}`);
  for (const [a, b] of pairs(boxes)) must(!meet(a.rect, b.rect), `${a.party} meets ${b.party}`);
  for (const [a, b] of pairs(routes)) must(!meet(a.badgeRect, b.badgeRect), `${a.badge} meets ${b.badge}`);
  return [...faults, ...faultsOfRoutes(layout)];
}

function segmentsOf({ points }: Layout["routes"][number]): Rect[] {
  return points.slice(1).map((to, i) => {
    const from = points[i]!;
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(from.x - to.x),
      height: Math.abs(from.y - to.y),
    };
  });
}

function faultsOfRoutes({ width, height, zones, routes }: Layout): string[] {
  const faults: string[] = [];
  const boxes = zones.flatMap((zone) => zone.boxes);
  for (const route of routes) {
    const segments = segmentsOf(route);
    const { badge, badgeRect, points } = route;
    if (widthOf(badge, BADGE_PX) > badgeRect.width) faults.push(`${badge} is cut`);
    if (!holds({ x: 0, y: 0, width, height }, badgeRect)) faults.push(`${badge} leaves the drawing`);
    for (const { rect, group } of zones) if (meet(rect, badgeRect)) faults.push(`${badge} covers ${group}`);
    for (const segment of segments)
      for (const { rect, party } of boxes)
        if (meet(segment, rect)) faults.push(`${badge} runs through ${party}`);
    for (const at of [points[0]!, points.at(-1)!]) {
      const touches = boxes.filter(
        ({ rect }) =>
          (at.x === rect.x || at.x === rect.x + rect.width) && at.y > rect.y && at.y < rect.y + rect.height,
      );
      if (touches.length !== 1) faults.push(`${badge} ends at ${touches.length} boxes`);
    }
    for (const other of routes) {
      if (other === route) continue;
      for (const segment of segmentsOf(other)) {
        if (meet(segment, badgeRect)) faults.push(`${other.badge} runs through the badge ${badge}`);
        if (segments.some((own) => lieOnEachOther(own, segment)))
          faults.push(`${other.badge} lies on ${badge}`);
      }
    }
  }
  return faults;
}

function lieOnEachOther(a: Rect, b: Rect): boolean {
  const flat = a.height === 0 && b.height === 0 && a.y === b.y && a.x < b.x + b.width && b.x < a.x + a.width;
  const upright =
    a.width === 0 && b.width === 0 && a.x === b.x && a.y < b.y + b.height && b.y < a.y + a.height;
  return flat || upright;
}

describe("the layout of a system view", () => {
  it("cuts and covers nothing for any valid model", () => {
    fc.assert(
      fc.property(models, (model) => {
        expect(readModel(model)).toMatchObject({ ok: true });
        for (const scene of scenesOf(model)) expect(faultsOf(layOut(scene))).toEqual([]);
      }),
      { numRuns: Number(process.env.POND_LAYOUTS ?? 300) },
    );
  });

  it.each(MODEL_NAMES)("cuts and covers nothing of %s", (name) => {
    for (const scene of scenesOf(modelNamed(name))) expect(faultsOf(layOut(scene))).toEqual([]);
  });

  it("puts applications above the ledger's nodes and other systems beside them", () => {
    const model = modelNamed("fish-farming");
    const { zones } = layOut(sceneOf(model, []));
    const [beside, users, administration, nodes] = zones.map(({ rect }) => rect);
    expect(zones.map(({ group }) => group)).toEqual([
      "non-dlt-system",
      "user-application",
      "administration-application",
      "ledger-node",
    ]);
    expect(users!.y).toBeLessThan(administration!.y);
    expect(administration!.y).toBeLessThan(nodes!.y);
    expect(beside!.x + beside!.width).toBeLessThan(nodes!.x);
  });

  it("is the same twice, and finds a fault where there is one", () => {
    const [, scene] = scenesOf(modelNamed("fish-farming"));
    const layout = layOut(scene!);
    expect(layOut(scene!)).toEqual(layout);
    const [first, second] = layout.zones[0]!.boxes;
    first!.rect.y = second!.rect.y;
    expect(faultsOf(layout)).toContain(`${first!.party} meets ${second!.party}`);
  });
});

describe("wrapped text", () => {
  it("keeps every character but the spaces at breaks, and no line is too wide", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."AWMilj0  ,-.é鱼😀"), maxLength: 80 }),
        fc.integer({ min: 30, max: 300 }),
        (text, maxPx) => {
          const lines = wrap(text, { sizePx: 14, maxPx });
          expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
          for (const line of lines) expect(widthOf(line, 14)).toBeLessThanOrEqual(maxPx);
        },
      ),
    );
  });
});
