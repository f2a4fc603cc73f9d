// Pictures of every page, at the width of a phone and of a desk, in both languages, light and dark: for whoever
// changes a page, to look at. They show the story of the portal's tests and go to .screenshots, or the folder named.
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { become, launchChromium, openReader, SCREENS } from "./chromium.ts";
import { places } from "./places.ts";

const folder = resolve(process.argv[2] ?? ".screenshots");
const wanted = process.argv[3] ?? "";
const LANGUAGES = ["zh", "en"] as const;
const SCHEMES = ["light", "dark"] as const;

await mkdir(folder, { recursive: true });
await using built = await buildPage();
await using world = await startWorld(built);
const browser = await launchChromium();
try {
  for (const screen of Object.keys(SCREENS) as (keyof typeof SCREENS)[])
    for (const language of LANGUAGES)
      for (const colorScheme of SCHEMES) {
        const { context, page } = await openReader(browser, { screen, language });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const { name, path, ready, as } of places.filter((place) => place.name.includes(wanted))) {
          await become(context, as && (await world.signedInAs(as)));
          await page.goto(world.url + path);
          await page.locator(ready).first().waitFor();
          const file = join(folder, `${name}-${screen}-${language}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: true });
        }
        await context.close();
      }
  process.stdout.write(`${folder}\n`);
} finally {
  await browser.close();
}
