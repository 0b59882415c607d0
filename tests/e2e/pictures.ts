import * as fs from "node:fs";
import * as path from "node:path";
import type { Page } from "playwright-core";

const folder = process.env.NEXUS_SCREENSHOTS;

/** A picture of the page in both themes; set NEXUS_SCREENSHOTS to the folder that keeps them, as for docs/images. */
export async function pictureOf(page: Page, name: string): Promise<void> {
  if (!folder) return;
  fs.mkdirSync(folder, { recursive: true });
  await page.waitForLoadState("networkidle");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) });
  }
}
