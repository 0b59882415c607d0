import { launchBrowser } from "../support/browser";
import { pictureOf } from "./pictures";

/**
 * Uses the studio like a new person: signs up, logs out, logs in, creates a workspace and runs each piece of code.
 * @returns the result that the studio shows for each
 */
export async function useStudio(url: string, code: readonly string[]): Promise<string[]> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const email = `ada-${Date.now()}@example.com`;
    const password = "correct horse battery staple";
    await page.goto(url);
    await page.getByRole("link", { name: /create (an )?account|sign up/i }).click();
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "New workspace" }).first().click();
    await page.getByLabel("Workspace name").fill("first steps");
    await page.getByRole("button", { name: "Create workspace" }).click();
    const results: string[] = [];
    for (const [index, text] of code.entries()) {
      const editor = page.locator(".cm-content");
      await editor.click();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.insertText(text);
      await page.getByRole("button", { name: "Run", exact: true }).click();
      const result = page.getByTestId("result").nth(index);
      await result.waitFor({ timeout: 20_000 });
      results.push((await result.innerText()).trim());
    }
    await pictureOf(page, "studio");
    return results;
  } finally {
    await browser.close();
  }
}
