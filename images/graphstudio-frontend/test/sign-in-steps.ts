import { Secret, TOTP } from "otpauth";
import type { Locator, Page } from "playwright-core";

/** Each code of a step counts once, so every log-in of a test takes another one. */
export const codeOf = (secret: string, steps: number) =>
  new TOTP({ secret: Secret.fromBase32(secret.replaceAll(" ", "")) }).generate({
    timestamp: Date.now() + steps * 30_000,
  });

/** The pages of the provider name a font of another site, which nobody needs. */
export const withoutFonts = (page: Page) =>
  page.route("https://fonts.googleapis.com/**", async (route) => await route.abort());

/** A key that is pressed before the page has put the focus there is lost. */
const focused = (element: Locator) => element.and(element.page().locator(":focus")).waitFor();

/** What a person types at the provider. */
export async function logInAtProvider(page: Page, subject: string): Promise<void> {
  await focused(page.getByPlaceholder("Enter any login"));
  await page.keyboard.type(subject);
  await page.keyboard.press("Tab");
  await page.keyboard.type("any");
  await page.keyboard.press("Enter");
}

/** The provider asks whether the studio may know the address. */
export async function agree(page: Page): Promise<void> {
  await focused(page.getByRole("button", { name: "Continue", exact: true }));
  await page.keyboard.press("Enter");
}
