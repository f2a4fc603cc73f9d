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

const COLUMNS: readonly (readonly Group[])[] = [
  ["non-dlt-system"],
  ["user-application", "administration-application", "ledger-node"],
  ["other-dlt-system"],
];
type SceneFlow = Scene["flows"][number];
/** A flow on its way through a gutter: the heights of its ends, and the columns that they are in. */
type Way = {
  badge: string;
  gutter: number;
  fromY: number;
  toY: number;
  fromColumn: number;
  toColumn: number;
};
type Gutter = { start: number; end: number; trackX: (way: Way) => number };

/** Places everything; the same scene always gives the same numbers. */
export function layOut({ parties, flows }: Scene): Layout {
  const ports = portsOf({ parties, flows });
  const stacks = COLUMNS.map((groups, column) =>
    stack(
      groups.map((group) => ({ group, members: parties.filter((party) => party.group === group) })),
      {
        width: column === 1 ? MIDDLE_WIDTH : OUTER_WIDTH,
        portCount: (id) => Math.max(ports.of(id, "left").length, ports.of(id, "right").length),
      },
    ),
  );
  const tallest = Math.max(...stacks.map(({ height }) => height));
  // Beside the ledger's nodes, which stand at the foot of the middle column. Half a step keeps its ports off the middle's.
  const tops = stacks.map(
    ({ height }, column) => MARGIN + (tallest - height) + (column === 1 ? 0 : STEP / 2),
  );
  const portY = (id: string, flow: SceneFlow): number => {
    const column = ports.columnOf(id);
    const onSide = ports.of(id, ports.gutterOf(flow) < column ? "left" : "right");
    const { rect } = stacks[column]!.zones.flatMap(({ boxes }) => boxes).find(({ party }) => party === id)!;
    const spare = Math.floor((rect.height / STEP - onSide.length) / 2);
    return tops[column]! + rect.y + (spare + onSide.indexOf(flow)) * STEP + STEP / 2;
  };
  const ways = flows.map((flow) => ({
    badge: flow.badge,
    gutter: ports.gutterOf(flow),
    fromY: portY(flow.from, flow),
    toY: portY(flow.to, flow),
    fromColumn: ports.columnOf(flow.from),
    toColumn: ports.columnOf(flow.to),
  }));
  const { lefts, width, gutters } = across(
    stacks.map(({ zones }) => zones.length > 0),
    ways,
  );
  return {
    width,
    height: tallest + 2 * MARGIN + STEP / 2,
    zones: stacks.flatMap(({ zones }, column) =>
      zones.map((zone) => moved(zone, lefts[column]!, tops[column]!)),
    ),
    routes: ways.map((way) => route(way, gutters[way.gutter]!)),
  };
}

/** Which column a party stands in, which gutter a flow takes, and what ends at which side of a box. */
function portsOf({ parties, flows }: Scene) {
  const columnOf = (id: string) => {
    const { group } = parties.find((party) => party.id === id)!;
    return COLUMNS.findIndex((groups) => groups.includes(group));
  };
  // Left of the middle column when one end is in the left one, right of it otherwise.
  const gutterOf = ({ from, to }: SceneFlow) => (Math.min(columnOf(from), columnOf(to)) === 0 ? 0 : 1);
  const of = (id: string, side: "left" | "right") =>
    flows.filter(
      (flow) => (flow.from === id || flow.to === id) && gutterOf(flow) < columnOf(id) === (side === "left"),
    );
  return { columnOf, gutterOf, of };
}

/** Where columns begin, and the gutters between them, each as wide as the ways in it ask for. */
function across(isThere: readonly boolean[], ways: readonly Way[]) {
  const apron = Math.max(0, ...ways.map(({ badge }) => badgeWidth(badge))) + ARROW;
  const lefts: number[] = [];
  const gutters: Gutter[] = [];
  let x = MARGIN;
  for (const column of COLUMNS.keys()) {
    lefts.push(x);
    if (isThere[column]) x += column === 1 ? MIDDLE_WIDTH : OUTER_WIDTH;
    const start = x;
    const tracks = assignTracks(ways.filter(({ gutter }) => gutter === column));
    // Where nothing ends there, no room is left for badges and arrows.
    if (tracks.size > 0)
      x += apron + (Math.max(...tracks.values()) + 1) * TRACK + (isThere[column + 1] ? apron : 0);
    else if (isThere[column] && isThere.slice(column + 1).includes(true)) x += EMPTY_GUTTER;
    const trackX = (way: Way) => start + apron + (tracks.get(way)! + 0.5) * TRACK;
    gutters.push({ start, end: x, trackX });
  }
  return { lefts, width: x + MARGIN, gutters };
}

function badgeWidth(badge: string): number {
  return Math.ceil(widthOf(badge, BADGE_PX)) + 8;
}

function route(way: Way, { start, end, trackX }: Gutter): Route {
  const { badge, gutter, fromY, toY, fromColumn, toColumn } = way;
  // A box lies within its zone by the padding.
  const edge = (column: number) => (column === gutter ? start - PAD : end + PAD);
  const width = badgeWidth(badge);
  const x = trackX(way);
  return {
    badge,
    points: [
      { x: edge(fromColumn), y: fromY },
      { x, y: fromY },
      { x, y: toY },
      { x: edge(toColumn), y: toY },
    ],
    badgeRect: { x: fromColumn === gutter ? start + 4 : end - 4 - width, y: fromY - 8, width, height: 16 },
  };
}

/** Tracks by greedy colouring: flows whose ways along the gutter do not meet share one. */
function assignTracks(ways: readonly Way[]): Map<Way, number> {
  const taken: { low: number; high: number }[][] = [];
  const tracks = new Map<Way, number>();
  for (const way of ways) {
    const low = Math.min(way.fromY, way.toY) - 4;
    const high = Math.max(way.fromY, way.toY) + 4;
    const free = taken.findIndex((spans) => spans.every((span) => span.high < low || high < span.low));
    const track = free === -1 ? taken.length : free;
    taken[track] = [...(taken[track] ?? []), { low, high }];
    tracks.set(way, track);
  }
  return tracks;
}

type Stack = { zones: Zone[]; height: number };

/** Zones one below the other, at the origin; heights are whole steps, so that all ports lie on the grid. */
function stack(
  groups: readonly { group: Group; members: Scene["parties"] }[],
  { width, portCount }: { width: number; portCount: (id: string) => number },
): Stack {
  const inner = width - 2 * PAD;
  let y = 0;
  const zones = groups.flatMap(({ group, members }): Zone[] => {
    if (members.length === 0) return [];
    const { title, kind } = GROUPS[group];
    const top = y;
    const lines = wrap(`${title} (${kind})`, { sizePx: TITLE_PX, maxPx: inner });
    const titleHeight = lines.length * LINE_PX;
    y += steps(titleHeight + PAD);
    const boxes = members.map(({ id, name }, i) => {
      if (i > 0) y += STEP;
      const names = wrap(name, { sizePx: NAME_PX, maxPx: inner - PAD });
      const textHeight = names.length * LINE_PX;
      const height = Math.max(steps(textHeight + PAD), portCount(id) * STEP);
      const rect = { x: PAD, y, width: inner, height };
      y += height;
      const textRect = {
        x: 1.5 * PAD,
        y: rect.y + (height - textHeight) / 2,
        width: inner - PAD,
        height: textHeight,
      };
      return { party: id, rect, name: { rect: textRect, lines: names } };
    });
    const rect = { x: 0, y: top, width, height: y + PAD - top };
    y += STEP;
    const zone: Zone = {
      group,
      rect,
      title: { rect: { x: PAD, y: top + PAD / 2, width: inner, height: titleHeight }, lines },
      boxes,
    };
    return [zone];
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
