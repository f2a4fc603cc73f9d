import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import webPush from "web-push";
import type { PushMessage } from "../../portal/push.ts";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader } from "./chromium.ts";

const message: PushMessage = {
  tag: "alarm-7",
  language: "zh",
  farm: "daochang",
  pond: "east",
  pondName: "东塘",
  kind: "oxygen-low",
  level: "danger",
  oxygenMgPerL: 0.94,
  raisedAtMs: 0,
};

describeInChromium("an alarm for a closed page", () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;
  let world: Awaited<ReturnType<typeof startWorld>>;

  beforeAll(async () => {
    built = await buildPage();
    const keys = { ...webPush.generateVAPIDKeys(), contact: "mailto:provider@example.org" };
    world = await startWorld({ ...built, push: { keys } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
    await built?.[Symbol.asyncDispose]();
  });

  it("is shown by the worker in the reader's language, and a later one takes its place", async () => {
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    await context.grantPermissions(["notifications"], { origin: world.url });
    await page.goto(`${world.url}/farmer/daochang`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const session = await context.newCDPSession(page);
    const deliver = (registrationId: string, data: PushMessage) =>
      session.send("ServiceWorker.deliverPushMessage", {
        origin: world.url,
        registrationId,
        data: JSON.stringify(data),
      });
    const registrationId = await new Promise<string>((resolve) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        if (registrations[0] !== undefined) resolve(registrations[0].registrationId);
      });
      void session.send("ServiceWorker.enable");
    });
    await deliver(registrationId, { ...message, level: "warning", oxygenMgPerL: 1.9 });
    await deliver(registrationId, message);
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        const notices = await registration.getNotifications();
        return notices.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
      });
    await expect.poll(shown, { timeout: 20_000 }).toEqual([
      {
        title: "东塘：危险",
        body: "溶氧低，开增氧机。溶氧 0.9 mg/L。",
        tag: "alarm-7",
        data: "/farmer/daochang/ponds/east",
      },
    ]);
    await context.close();
  });

  it("is switched on where the browser's push service answers, and says so where it does not", async () => {
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("farmer-daochang"),
    });
    await context.grantPermissions(["notifications"], { origin: world.url });
    await page.goto(`${world.url}/farmer/daochang/alarms`);
    const part = page.getByTestId("push-switch");
    await part.getByRole("button", { name: "Ring this phone" }).click();
    // A browser without its maker's service, as this one is, cannot subscribe.
    await part.getByText("push service did not answer").waitFor();
    await context.close();
  });
});
