import type { CDPSession, Page } from "playwright-core";
import { launchChromium, openReader } from "../browser/chromium.ts";
import { compare, type Measurement } from "./measurement.ts";
import type { PortalUnderTest } from "./portal-under-test.ts";

const MOVES = 120;
const STEP_PX = 2;
/** Issue 6: half of what a frame has at 60 a second, so that a phone of a farmer has some left. */
const MOST_SCRIPT_MS = 8;

/** Script time of a frame while a year of readings is pulled sideways, on a screen of a phone. */
export async function benchPanning({ url, farm, pond, cookie }: PortalUnderTest): Promise<Measurement[]> {
  const browser = await launchChromium();
  try {
    const { page } = await openReader(browser, { screen: "phone", language: "zh", as: { url, cookie } });
    await page.goto(`${url}/farmer/${farm}/ponds/${pond}`);
    await page.getByLabel("一年", { exact: true }).check({ force: true });
    await page.waitForResponse((response) => response.url().includes("/readings"));
    await page.locator(".chart canvas").first().waitFor();
    await page.locator(".chart").scrollIntoViewIfNeeded();
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const idleMs = await scriptMsOver(session, () => frames(page, MOVES));
    const pulledMs = await scriptMsOver(session, () => pull(page));
    return [
      compare({
        name: `script of a frame while pulling, over ${MOVES} frames`,
        value: pulledMs / MOVES,
        unit: "ms",
        comparedTo: { name: "the goal of issue 6", value: MOST_SCRIPT_MS },
        goal: { atMost: 1 },
      }),
      compare({
        name: "the same while nobody pulls",
        value: idleMs / MOVES,
        unit: "ms",
        comparedTo: { name: "the goal of issue 6", value: MOST_SCRIPT_MS },
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function pull(page: Page): Promise<void> {
  const box = (await page.locator(".chart-frame").boundingBox())!;
  const y = box.y + box.height / 3;
  const x = box.x + box.width / 3;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let move = 1; move <= MOVES; move++) {
    await page.mouse.move(x + STEP_PX * (move % 60), y);
    await frames(page, 1);
  }
  await page.mouse.up();
}

/** Waits for so many frames of the display. */
function frames(page: Page, count: number): Promise<void> {
  return page.evaluate(async (wanted) => {
    for (let seen = 0; seen < wanted; seen++) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, count);
}

async function scriptMsOver(session: CDPSession, run: () => Promise<void>): Promise<number> {
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration")!.value * 1000;
  };
  const before = await spent();
  await run();
  return (await spent()) - before;
}
