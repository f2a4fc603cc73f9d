import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader } from "./chromium.ts";

const HOUR_MS = 3_600_000;

describeInChromium("a pond's chart", () => {
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

  it("is pulled to an earlier time with a finger, stays there, and comes back with a button", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("farmer-daochang"),
    });
    const asked: { fromMs: number; toMs: number }[] = [];
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (!pathname.endsWith("/readings")) return;
      asked.push({ fromMs: Number(searchParams.get("fromMs")), toMs: Number(searchParams.get("toMs")) });
    });
    await page.goto(`${world.url}/farmer/daochang/ponds/east`);
    await page.locator(".chart canvas").first().waitFor();
    const later = page.getByRole("button", { name: "Later" });
    expect(await later.isDisabled()).toBe(true);
    const [first] = asked;

    await page.locator(".chart").scrollIntoViewIfNeeded();
    const box = (await page.locator(".chart-frame .u-over").first().boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 20 + box.width / 2, box.y + 40, { steps: 5 });
    await Promise.all([
      page.waitForRequest((request) => request.url().includes("/readings")),
      page.mouse.up(),
    ]);
    expect(await later.isDisabled()).toBe(false);
    // Half of a day earlier, and with it what lies before that.
    expect(Math.round((first!.fromMs - asked.at(-1)!.fromMs) / HOUR_MS)).toBe(12);

    await later.press("Enter");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("button")].some(
        (button) => button.textContent === "Later" && button.disabled,
      ),
    );
    await context.close();
  });
});
