import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader } from "./chromium.ts";

const FIRST_LOAD_BYTES = 250_000;

describeInChromium("the page as an app on a phone", () => {
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

  it("can be installed: Chromium has nothing against its manifest, icons and worker", async () => {
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const session = await context.newCDPSession(page);
    const { errors, url } = await session.send("Page.getAppManifest");
    expect({ errors, url }).toEqual({ errors: [], url: `${world.url}/manifest.webmanifest` });
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    // A browser of tests has no profile to install anything into.
    const ours = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
    expect(ours).toEqual([]);
    await context.close();
  });

  it("opens without a network, says so and since when, and finds its way back", async () => {
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang`);
    await page.getByTestId("pond-card").first().waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.setOffline(true);
    await page.goto(`${world.url}/farmer/daochang/ponds/east`);
    const offline = page.getByTestId("offline");
    await offline.waitFor();
    expect(await offline.textContent()).toContain("No connection");
    expect(await offline.textContent()).toContain("10 Aug 05:20");
    await context.setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".chart canvas").first().waitFor();
    await context.close();
  });

  it("keeps the shell and no answer of the API", async () => {
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    await page.goto(`${world.url}/insurer/claims/2`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.goto(`${world.url}/insurer`);
    await page.getByTestId("claim-row").first().waitFor();
    const kept = await keptPaths(context);
    expect(kept).toContain("/");
    expect(kept.filter((path) => path.startsWith("/assets/")).length).toBeGreaterThanOrEqual(2);
    expect(kept.filter((path) => path.startsWith("/api/"))).toEqual([]);
    await context.close();
  });

  it("loads in less than 250 kB, compressed, until the first pond is seen", async () => {
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    const loaded: Promise<number>[] = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/api/") || response.request().serviceWorker() !== null) return;
      loaded.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`${world.url}/farmer/daochang`);
    await page.getByTestId("pond-card").first().waitFor();
    const bytes = (await Promise.all(loaded)).reduce((sum, size) => sum + size, 0);
    expect(loaded.length).toBeGreaterThanOrEqual(3);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
    await context.close();
  });
});

/** The paths of everything that the site keeps in the browser. */
async function keptPaths(context: BrowserContext): Promise<string[]> {
  return context.pages()[0]!.evaluate(async () => {
    const requests = await Promise.all(
      (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
    );
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
}
