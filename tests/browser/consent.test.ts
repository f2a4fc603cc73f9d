import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader, overflowOf } from "./chromium.ts";

describeInChromium("a farmer's data, in his hands", () => {
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

  it("is granted and withdrawn on a phone, and the bank is refused from then on", async () => {
    await using world = await startWorld(built);
    const status = async () => (await world.as("bank")("/api/v1/ponds/lakeside")).status;
    const { context, page, complaints } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang/data`);
    const pond = page.locator('[data-testid=pond-data][data-pond="lakeside"]');
    await pond.getByLabel("给谁").selectOption({ label: "银行" });
    await pond.getByLabel("做什么用").selectOption({ label: "贷款评估" });
    expect(await status()).toBe(403);
    await pond.getByTestId("grant-button").click();
    const grant = pond.locator('[data-testid=grant][data-purpose="lending"]');
    await grant.waitFor();
    expect(await grant.textContent()).toContain("银行");
    expect(await status()).toBe(200);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await grant.getByRole("button").click();
    await grant.waitFor({ state: "detached" });
    expect(await status()).toBe(403);
    await page.reload();
    await pond.locator('[data-testid=read][data-basis="lending"]').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("is erased with the person, who is signed out", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang/data`);
    await page.getByLabel("Name", { exact: true }).fill("Shen Yulan");
    await page.getByTestId("person-save").click();
    await page.getByText("Saved.").waitFor();
    await page.getByText("Erase me").click();
    await page.getByTestId("erase").click();
    await page.getByTestId("sign-in-farmer-daochang").click();
    await page.getByTestId("pond-card").first().waitFor();
    await page.goto(`${world.url}/farmer/daochang/data`);
    await page.getByTestId("person-save").waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("");
    expect(await page.getByText("Pond 1").count()).toBeGreaterThan(0);
    await context.close();
  });

  it("is asked for by signing in, and left by signing out", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, { screen: "desk", language: "en" });
    await page.goto(`${world.url}/insurer`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByTestId("sign-in-officer").click();
    await page.getByTestId("claim-row").first().waitFor();
    await page.goto(world.url);
    await page.getByTestId("sign-out").click();
    await page.getByTestId("sign-in-officer").waitFor();
    expect(await context.cookies()).toEqual([]);
    await context.close();
  });
});
