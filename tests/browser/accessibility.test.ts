import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { become, describeInChromium, launchChromium, openReader, overflowOf, SCREENS } from "./chromium.ts";
import { places } from "./places.ts";

/** Everything that WCAG 2.2 asks for at levels A and AA and that a machine can see. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SCREEN_NAMES = Object.keys(SCREENS) as (keyof typeof SCREENS)[];
const READERS = SCREEN_NAMES.flatMap((screen) =>
  (["light", "dark"] as const).map((colorScheme) => ({ screen, colorScheme })),
);

describeInChromium("every page of the portal", () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;
  let world: Awaited<ReturnType<typeof startWorld>>;

  beforeAll(async () => {
    built = await buildPage();
    world = await startWorld(built);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
    await built?.[Symbol.asyncDispose]();
  });

  it.each(READERS)(
    "breaks no rule of WCAG 2.2 AA on a $screen, $colorScheme",
    {
      timeout: 120_000,
    },
    async ({ screen, colorScheme }) => {
      const language = colorScheme === "dark" ? "en" : "zh";
      const { context, page } = await openReader(browser, { screen, language });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const { name, path, ready, as } of places) {
        await become(context, as && (await world.signedInAs(as)));
        await page.goto(world.url + path);
        await page.locator(ready).first().waitFor();
        expect(await violationsOn(page), name).toEqual([]);
        expect(await overflowOf(page), name).toBeLessThanOrEqual(0);
      }
      await context.close();
    },
  );

  it("is seen to break a rule when a name is taken away", async () => {
    const { context, page } = await openReader(browser, { screen: "desk", language: "en" });
    await page.goto(world.url);
    await page.locator("button").first().waitFor();
    await page.evaluate(() => document.querySelector("button")!.replaceChildren());
    expect((await violationsOn(page)).join()).toContain("button-name");
    await context.close();
  });
});

/** What axe finds, a line for every element. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (rules) => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await inPage.run(document, { runOnly: { type: "tag", values: rules } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary}`),
    );
  }, RULES);
}
