import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { become, describeInChromium, launchChromium, openReader } from "./chromium.ts";
import { places } from "./places.ts";

/** More stops than any page has: whoever needs more is caught. */
const MOST_STOPS = 120;

describeInChromium("the portal without a mouse", () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await built?.[Symbol.asyncDispose]();
  });

  it("shows where one is at every stop of every page, and lets one through to its end", {
    timeout: 120_000,
  }, async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, { screen: "phone", language: "zh" });
    for (const { name, path, ready, as } of places) {
      await become(context, as && (await world.signedInAs(as)));
      await page.goto(world.url + path);
      await page.locator(ready).first().waitFor();
      const stops = await walk(page);
      expect(
        stops.filter(({ visible }) => !visible).map(({ what }) => what),
        name,
      ).toEqual([]);
      expect(stops.length, name).toBeGreaterThanOrEqual(3);
      expect(stops.length, name).toBeLessThan(MOST_STOPS);
    }
    await context.close();
  });

  it("leads over the bar at the top into the content with one key", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    await page.goto(`${world.url}/insurer`);
    await page.getByTestId("claim-row").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toContain("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toContain("Claims");
    await context.close();
  });

  it("takes a farmer from the start to his worst pond and over its chart", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, { screen: "phone", language: "en" });
    await page.goto(world.url);
    await page.getByTestId("scenario").first().waitFor();
    await tabTo(page, "Daochang");
    await page.keyboard.press("Enter");
    await page.getByTestId("pond-card").first().waitFor();
    await tabTo(page, "1.0mg/L");
    await page.keyboard.press("Enter");
    await page.locator(".chart canvas").first().waitFor();
    await tabTo(page, "Day");
    await page.keyboard.press("ArrowRight");
    expect(await page.getByLabel("Week", { exact: true }).isChecked()).toBe(true);
    await tabTo(page, "The same as a table");
    await page.keyboard.press("Enter");
    await page.locator("details[open] table").waitFor();
    await context.close();
  });

  it("takes the insurer from the queue to an approved claim", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    await page.goto(`${world.url}/insurer`);
    await page.getByTestId("claim-row").first().waitFor();
    await tabTo(page, "Claim 2");
    await page.keyboard.press("Enter");
    await page.getByTestId("approve-button").waitFor();
    await tabTo(page, "Check the evidence");
    await page.keyboard.press("Enter");
    await page.getByTestId("verify-result").waitFor();
    await tabTo(page, "Approve");
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="claim-state"][data-state="payable"]').waitFor();
    await context.close();
  });
});

/** Presses Tab until what is focused says so. */
async function tabTo(page: Page, text: string): Promise<void> {
  const seen: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press("Tab");
    const here = await focused(page);
    if (here.includes(text)) return;
    seen.push(here);
  }
  throw new Error(`no stop says "${text}": ${seen.join(" | ")}`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: at } = document;
    // Between the last stop and the first one the focus is the browser's.
    if (at === document.body) return "";
    const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : at?.textContent;
    return label ?? "";
  });
}

/** Every stop from the page's beginning until the focus leaves it, and whether one sees that it is there. */
async function walk(page: Page): Promise<{ what: string; visible: boolean }[]> {
  const stops: { what: string; visible: boolean }[] = [];
  while (stops.length < MOST_STOPS) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      if (at === null || at === document.body) return undefined;
      // A radio button that is drawn by its label shows the focus there.
      const shown = [at, at.nextElementSibling].filter((element) => element !== null);
      const visible = shown.some((element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
      });
      const box = at.getBoundingClientRect();
      const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0;
      return { what: `${at.tagName} ${at.textContent?.slice(0, 40)}`, visible: visible && inView };
    });
    if (stop === undefined) break;
    stops.push(stop);
  }
  return stops;
}
