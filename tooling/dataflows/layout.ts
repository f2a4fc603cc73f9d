import { GROUPS, type Group, type Model, type Party } from "./model.ts";
import { widthOf, wrap } from "./text.ts";

// The system view: applications above the ledger's nodes in the middle column, systems that are none of the ledger's
// beside it. Every flow runs through the gutter between two columns: out of its box, along a track of its own, into the
// other. Ports of the middle column lie half a step beside those of the outer ones, so no two lines lie on each other.

/** A step of the grid on which all boxes and ports lie; a badge fits in it. */
const STEP = 22;
const MARGIN = 12;
const PAD = 8;
const OUTER_WIDTH = 124;
/** Holds the longest word of the zones' titles. */
const MIDDLE_WIDTH = 144;
const TRACK = 9;
const ARROW = 10;
const EMPTY_GUTTER = 20;

export const NAME_PX = 14;
export const TITLE_PX = 13;
export const BADGE_PX = 11;
export const LINE_PX = 18;

export type Rect = { x: number; y: number; width: number; height: number };
export type Label = { rect: Rect; lines: string[] };
/** A zone of the system view with the boxes of its parties. */
export type Zone = { group: Group; rect: Rect; title: Label; boxes: Box[] };
export type Box = { party: string; rect: Rect; name: Label };
/** A flow's way from box to box: `points` are its corners; its badge stands where it begins. */
export type Route = { badge: string; points: { x: number; y: number }[]; badgeRect: Rect };
export type Layout = { width: number; height: number; zones: Zone[]; routes: Route[] };

/** What a drawing is made of: the parties that appear, and the flows between them by their badges. */
export type Scene = {
  parties: readonly Pick<Party, "id" | "name" | "group">[];
  flows: readonly { badge: string; from: string; to: string }[];
};

/** The scene of one activity: only the parties that take part; without one, all parties and no flow. */
export function sceneOf(model: Model, flows: Scene["flows"]): Scene {
  const named = new Set(flows.flatMap(({ from, to }) => [from, to]));
  return {
    parties: flows.length === 0 ? model.parties : model.parties.filter(({ id }) => named.has(id)),
    flows,
  };
}

const COLUMNS = [
  ["non-dlt-system"],
  ["user-application", "administration-application", "ledger-node"],
  ["other-dlt-system"],
] as const;
type Side = "left" | "right";
type Gutter = {
  flows: { badge: string; fromY: number; toY: number; fromColumn: number; toColumn: number }[];
};

/** Places everything; the same scene always gives the same numbers. */
export function layOut({ parties, flows }: Scene): Layout {
  const columnOf = (id: string) => {
    const { group } = parties.find((party) => party.id === id)!;
    return COLUMNS.findIndex((groups) => (groups as readonly Group[]).includes(group));
  };
  // The gutter of a flow: left of the middle column when one end is in the left one, right of it otherwise.
  const gutterOf = ({ from, to }: Scene["flows"][number]) =>
    Math.min(columnOf(from), columnOf(to)) === 0 ? 0 : 1;
  const portsOf = (id: string) => ({
    left: flows.filter((flow) => (flow.from === id || flow.to === id) && gutterOf(flow) < columnOf(id)),
    right: flows.filter((flow) => (flow.from === id || flow.to === id) && gutterOf(flow) === columnOf(id)),
  });

  const stacks = COLUMNS.map((groups, column) => {
    const width = column === 1 ? MIDDLE_WIDTH : OUTER_WIDTH;
    const zones = groups.flatMap((group) => {
      const members = parties.filter((party) => party.group === group);
      return members.length === 0 ? [] : [{ group, members }];
    });
    return stack(zones, {
      width,
      portCount: (id) => Math.max(portsOf(id).left.length, portsOf(id).right.length),
    });
  });
  const tallest = Math.max(...stacks.map(({ height }) => height));
  // Beside the ledger's nodes, which stand at the foot of the middle column. Half a step keeps its ports off the middle's.
  const tops = stacks.map(
    ({ height }, column) => MARGIN + (tallest - height) + (column === 1 ? 0 : STEP / 2),
  );

  const portY = (id: string, flow: Scene["flows"][number]): number => {
    const column = columnOf(id);
    const ports = portsOf(id);
    const side: Side = gutterOf(flow) < column ? "left" : "right";
    const box = stacks[column]!.zones.flatMap(({ boxes }) => boxes).find(({ party }) => party === id)!;
    const spare = Math.floor((box.rect.height / STEP - ports[side].length) / 2);
    return tops[column]! + box.rect.y + (spare + ports[side].indexOf(flow)) * STEP + STEP / 2;
  };
  const gutters: [Gutter, Gutter] = [{ flows: [] }, { flows: [] }];
  for (const flow of flows)
    gutters[gutterOf(flow)]!.flows.push({
      badge: flow.badge,
      fromY: portY(flow.from, flow),
      toY: portY(flow.to, flow),
      fromColumn: columnOf(flow.from),
      toColumn: columnOf(flow.to),
    });

  const apron = Math.max(0, ...flows.map(({ badge }) => badgeWidth(badge))) + ARROW;
  const isThere = stacks.map(({ zones }) => zones.length > 0);
  // Where nothing ends there, no room is left for badges and arrows.
  const apronAtEnd = (gutter: number) => (isThere[gutter + 1] ? apron : 0);
  const tracks = gutters.map(({ flows: inGutter }) => assignTracks(inGutter));
  const widths = tracks.map((assigned, gutter) =>
    assigned.length > 0
      ? apron + apronAtEnd(gutter) + (Math.max(...assigned) + 1) * TRACK
      : isThere[gutter] && isThere[gutter + 1]
        ? EMPTY_GUTTER
        : 0,
  );
  const columnWidths = [
    isThere[0] ? OUTER_WIDTH : 0,
    isThere[1] ? MIDDLE_WIDTH : 0,
    isThere[2] ? OUTER_WIDTH : 0,
  ];
  const lefts = [
    MARGIN,
    MARGIN + columnWidths[0]! + widths[0]!,
    MARGIN + columnWidths[0]! + widths[0]! + columnWidths[1]! + widths[1]!,
  ];
  const routes = gutters.flatMap(({ flows: inGutter }, gutter) => {
    const start = lefts[gutter]! + columnWidths[gutter]!;
    const end = start + widths[gutter]!;
    return inGutter.map((flow, i) =>
      route(flow, { gutter, start, end, trackX: start + apron + (tracks[gutter]![i]! + 0.5) * TRACK }),
    );
  });
  return {
    width: lefts[2]! + columnWidths[2]! + MARGIN,
    height: tallest + 2 * MARGIN + STEP / 2,
    zones: stacks.flatMap(({ zones }, column) =>
      zones.map((zone) => moved(zone, lefts[column]!, tops[column]!)),
    ),
    routes: flows.map(({ badge }) => routes.find((found) => found.badge === badge)!),
  };
}

function badgeWidth(badge: string): number {
  return Math.ceil(widthOf(badge, BADGE_PX)) + 8;
}

function route(
  { badge, fromY, toY, fromColumn, toColumn }: Gutter["flows"][number],
  { gutter, start, end, trackX }: { gutter: number; start: number; end: number; trackX: number },
): Route {
  // A box lies within its zone by the padding.
  const edge = (column: number) => (column === gutter ? start - PAD : end + PAD);
  const startsLeft = fromColumn === gutter;
  const width = badgeWidth(badge);
  return {
    badge,
    points: [
      { x: edge(fromColumn), y: fromY },
      { x: trackX, y: fromY },
      { x: trackX, y: toY },
      { x: edge(toColumn), y: toY },
    ],
    badgeRect: { x: startsLeft ? start + 4 : end - 4 - width, y: fromY - 8, width, height: 16 },
  };
}

/** Tracks by greedy colouring: flows whose ways along the gutter do not meet share one. */
function assignTracks(flows: Gutter["flows"]): number[] {
  const taken: { low: number; high: number }[][] = [];
  return flows.map(({ fromY, toY }) => {
    const way = { low: Math.min(fromY, toY) - 4, high: Math.max(fromY, toY) + 4 };
    const free = taken.findIndex((ways) => ways.every(({ low, high }) => high < way.low || way.high < low));
    const track = free === -1 ? taken.length : free;
    taken[track] = [...(taken[track] ?? []), way];
    return track;
  });
}

type Stack = { zones: Zone[]; height: number };

/** Zones one below the other, at the origin; heights are whole steps, so that all ports lie on the grid. */
function stack(
  groups: readonly { group: Group; members: Scene["parties"] }[],
  { width, portCount }: { width: number; portCount: (id: string) => number },
): Stack {
  const inner = width - 2 * PAD;
  let y = 0;
  const zones = groups.map(({ group, members }) => {
    const { title, kind } = GROUPS[group];
    const top = y;
    const lines = wrap(`${title} (${kind})`, { sizePx: TITLE_PX, maxPx: inner });
    const titleHeight = lines.length * LINE_PX;
    y += steps(titleHeight + PAD);
    const boxes = members.map(({ id, name }, i) => {
      if (i > 0) y += STEP;
      const names = wrap(name, { sizePx: NAME_PX, maxPx: inner - 2 * PAD });
      const textHeight = names.length * LINE_PX;
      const height = Math.max(steps(textHeight + PAD), portCount(id) * STEP);
      const rect = { x: PAD, y, width: inner, height };
      y += height;
      const textRect = {
        x: 2 * PAD,
        y: rect.y + (height - textHeight) / 2,
        width: inner - 2 * PAD,
        height: textHeight,
      };
      return { party: id, rect, name: { rect: textRect, lines: names } };
    });
    const rect = { x: 0, y: top, width, height: y + PAD - top };
    y += STEP;
    return {
      group,
      rect,
      title: { rect: { x: PAD, y: top + PAD / 2, width: inner, height: titleHeight }, lines },
      boxes,
    };
  });
  return { zones, height: zones.length === 0 ? 0 : y - STEP + PAD };
}

function steps(px: number): number {
  return Math.ceil(px / STEP) * STEP;
}

function moved(zone: Zone, dx: number, dy: number): Zone {
  const move = (rect: Rect): Rect => ({ ...rect, x: rect.x + dx, y: rect.y + dy });
  const label = ({ rect, lines }: Label): Label => ({ rect: move(rect), lines });
  return {
    ...zone,
    rect: move(zone.rect),
    title: label(zone.title),
    boxes: zone.boxes.map((box) => ({ ...box, rect: move(box.rect), name: label(box.name) })),
  };
}
