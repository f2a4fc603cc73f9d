import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { draw } from "../../tooling/dataflows/drawing.ts";
import { sceneOf } from "../../tooling/dataflows/layout.ts";
import { badgeOf } from "../../tooling/dataflows/model.ts";
import { models } from "../unit/tooling/dataflows/random-models.ts";
import { describeInChromium, launchChromium, overflowOf, SCREENS } from "./chromium.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const DRAWINGS = globSync("docs/data-flows/*.svg", { cwd: root }).toSorted();
/** Names stay readable on a phone without zoom. */
const SMALLEST_NAME_PX = 8;
/** Below a pixel, what a browser rounds. */
const SLACK_PX = 0.5;

/** Random models with long, wide and Chinese names; the same ones every time. */
const RANDOM = fc.sample(models, { seed: 6277, numRuns: 12 }).map((model) => {
  const activity = model.activities[0]!;
  const flows = activity.flows.map((flow) => ({ ...flow, badge: badgeOf(activity, flow) }));
  return draw(sceneOf(model, flows), { title: "Random", description: "", note: "A note of some words." });
});

describeInChromium("the drawings of data flows", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  for (const screen of ["phone", "desk"] as const) {
    for (const colorScheme of ["light", "dark"] as const)
      it(`cut and cover no text at the width of a ${screen}, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport: SCREENS[screen], colorScheme });
        for (const path of DRAWINGS) {
          await show(page, readFileSync(`${root}/${path}`, "utf8"));
          expect(await faultsOn(page), path).toEqual([]);
          expect(await smallestName(page), path).toBeGreaterThanOrEqual(SMALLEST_NAME_PX);
          expect(await overflowOf(page), path).toBeLessThanOrEqual(0);
          expect(await contrastOf(page), path).toBeGreaterThanOrEqual(4.5);
        }
        await page.close();
      });
  }

  it("cut and cover no text of random models", async () => {
    const page = await browser.newPage({ viewport: SCREENS.desk });
    for (const svg of RANDOM) {
      await show(page, svg);
      expect(await faultsOn(page), svg).toEqual([]);
    }
    await page.close();
  });

  it("are seen to be at fault when a text is too long for its box", async () => {
    const page = await browser.newPage({ viewport: SCREENS.desk });
    const svg = readFileSync(`${root}/docs/data-flows/fish-farming-1.svg`, "utf8");
    await show(page, svg.replace(">D9<", ">D9 and more<"));
    expect(await faultsOn(page)).toContain('"D9 and more" leaves D9');
    await page.close();
  });
});

/** As an image in a page's text: never wider than the page. */
function show(page: Page, svg: string): Promise<void> {
  return page.setContent(
    `<meta name="viewport" content="width=device-width"><style>body{margin:16px}svg{max-width:100%;height:auto}</style>${svg}`,
  );
}

/** What a reader could not read, by the boxes that the browser drew. */
function faultsOn(page: Page): Promise<string[]> {
  return page.evaluate((slack) => {
    const rectOf = (element: Element) => element.getBoundingClientRect();
    const all = (selector: string) => [...document.querySelectorAll<SVGElement>(selector)];
    const meet = (a: DOMRect, b: DOMRect) =>
      a.left + slack < b.right &&
      b.left + slack < a.right &&
      a.top + slack < b.bottom &&
      b.top + slack < a.bottom;
    const holds = (outer: DOMRect, inner: DOMRect) =>
      inner.left >= outer.left - slack &&
      inner.right <= outer.right + slack &&
      inner.top >= outer.top - slack &&
      inner.bottom <= outer.bottom + slack;
    const faults: string[] = [];
    const apart = (elements: SVGElement[]) => {
      for (const [i, one] of elements.entries())
        for (const other of elements.slice(i + 1))
          if (meet(rectOf(one), rectOf(other)))
            faults.push(
              `${one.dataset.box ?? one.textContent} meets ${other.dataset.box ?? other.textContent}`,
            );
    };
    const canvas = document.querySelector("svg")!;
    for (const text of all("text")) {
      const { inside } = text.dataset;
      const box = inside === "" ? canvas : document.querySelector(`[data-box="${inside}"]`)!;
      if (!holds(rectOf(box), rectOf(text))) faults.push(`"${text.textContent}" leaves ${inside}`);
    }
    for (const rect of all("rect"))
      if (!holds(rectOf(canvas), rectOf(rect))) faults.push("the drawing is cut");
    apart(all("text"));
    apart(all("rect.zone"));
    apart([...all("rect.box"), ...all("rect.plate")]);
    return faults;
  }, SLACK_PX);
}

/** Pixels of the names as they are shown. */
function smallestName(page: Page): Promise<number> {
  return page.evaluate(() => {
    const svg = document.querySelector("svg")!;
    return (14 * svg.getBoundingClientRect().width) / svg.viewBox.baseVal.width;
  });
}

/** The least contrast of a text with what it stands on. */
function contrastOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const luminance = (css: string) => {
      const [r, g, b] = css.match(/\d+/g)!.map((part) => {
        const value = Number(part) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ratios = [...document.querySelectorAll<SVGElement>("text")].map((text) => {
      const { inside } = text.dataset;
      const ground = document.querySelector(inside === "" ? ".ground" : `[data-box="${inside}"]`)!;
      const [a, b] = [text, ground].map((element) => luminance(getComputedStyle(element).fill));
      return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
    });
    return Math.min(...ratios);
  });
}
