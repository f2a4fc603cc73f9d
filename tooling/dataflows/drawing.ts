import {
  BADGE_PX,
  type Label,
  type Layout,
  LINE_PX,
  layOut,
  NAME_PX,
  type Rect,
  type Scene,
  TITLE_PX,
} from "./layout.ts";
import { wrap } from "./text.ts";

/** The pages' tokens (portal.md), so that a drawing is readable in light and in dark. */
const STYLE = `
svg{color-scheme:light dark}
text{font-family:system-ui,"Noto Sans SC",sans-serif;fill:#12262e}
.ground{fill:#fbfdfd}.zone{fill:#eef4f5;stroke:#d5e1e4}.box{fill:#fbfdfd;stroke:#5b6b70}
.title{font-size:${TITLE_PX}px;fill:#465a61}.name{font-size:${NAME_PX}px}.badge{font-size:${BADGE_PX}px}.note{font-size:${TITLE_PX}px;fill:#465a61}
.flow{fill:none;stroke:#0b6f8a;stroke-width:1.5}.declared{stroke-dasharray:5 3}.head{fill:#0b6f8a}.plate{fill:#fbfdfd;stroke:#0b6f8a}
@media (prefers-color-scheme:dark){text{fill:#e6eff1}
.ground{fill:#0e1a1f}.zone{fill:#15252c;stroke:#26383f}.box{fill:#0e1a1f;stroke:#93a5ab}.title,.note{fill:#a9babf}
.flow{stroke:#5cc3dd}.head{fill:#5cc3dd}.plate{fill:#0e1a1f;stroke:#5cc3dd}}
`.trim();

const NOTE_GAP = 8;

/**
 * A scene as SVG. Boxes, badges and texts carry `data-` names, by which a test finds them in a browser; `description` says
 * in words what the drawing shows.
 */
export function draw(
  scene: Scene,
  words: { title: string; description: string; note: string | undefined; observed?: boolean },
): string {
  const layout = layOut(scene);
  const note = words.note === undefined ? undefined : noteBelow(layout, words.note);
  const height = note === undefined ? layout.height : note.rect.y + note.rect.height + NOTE_GAP;
  const { width } = layout;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(words.title)}</title>`,
    `<desc id="description">${escaped(words.description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...layout.zones.flatMap(({ group, rect, title, boxes }) => [
      rectangle(rect, { class: "zone", name: group, radius: 8 }),
      ...textLines(title, { class: "title", inside: group, anchor: "start" }),
      ...boxes.flatMap(({ party, rect: box, name }) => [
        rectangle(box, { class: "box", name: party, radius: 4 }),
        ...textLines(name, { class: "name", inside: party, anchor: "middle" }),
      ]),
    ]),
    ...layout.routes.map(({ points }) => line(points, words.observed === true)),
    ...layout.routes.map(({ points }) => head(points)),
    ...layout.routes.flatMap(({ badge, badgeRect }) => [
      rectangle(badgeRect, { class: "plate", name: badge, radius: 8 }),
      ...textLines(
        { rect: { ...badgeRect, y: badgeRect.y - 1 }, lines: [badge] },
        { class: "badge", inside: badge, anchor: "middle" },
      ),
    ]),
    ...(note === undefined ? [] : textLines(note, { class: "note", inside: "", anchor: "start" })),
    "</svg>",
  ].join("\n")}\n`;
}

function noteBelow({ width, height }: Layout, words: string): Label {
  const lines = wrap(words, { sizePx: TITLE_PX, maxPx: width - 24 });
  return { rect: { x: 12, y: height, width: width - 24, height: lines.length * LINE_PX }, lines };
}

function rectangle(
  { x, y, width, height }: Rect,
  { class: name, name: data, radius }: { class: string; name: string; radius: number },
): string {
  return `<rect class="${name}" data-box="${data}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

function textLines(
  { rect, lines }: Label,
  { class: name, inside, anchor }: { class: string; inside: string; anchor: "start" | "middle" },
): string[] {
  const x = anchor === "start" ? rect.x : rect.x + rect.width / 2;
  // The base line lies where ascenders and descenders of ordinary fonts both stay within their line.
  return lines.map(
    (words, i) =>
      `<text class="${name}" data-inside="${inside}" x="${x}" y="${rect.y + i * LINE_PX + 13}" text-anchor="${anchor}">${escaped(words)}</text>`,
  );
}

function line(points: Layout["routes"][number]["points"], observed: boolean): string {
  return `<path class="${observed ? "flow" : "flow declared"}" d="M${points.map(({ x, y }) => `${x} ${y}`).join("L")}"/>`;
}

function head(points: Layout["routes"][number]["points"]): string {
  const [before, tip] = points.slice(-2) as [{ x: number; y: number }, { x: number; y: number }];
  const back = tip.x + (before.x < tip.x ? -8 : 8);
  return `<path class="head" d="M${tip.x} ${tip.y}L${back} ${tip.y - 4}L${back} ${tip.y + 4}Z"/>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
