import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

/** Each code of a step counts once, so every log-in of a test takes another one. */
const codeOf = (secret: string, steps: number) =>
  new TOTP({ secret: Secret.fromBase32(secret.replaceAll(" ", "")) }).generate({
    timestamp: Date.now() + steps * 30_000,
  });

test("a person sets two-factor sign-in up by keyboard, logs in with it and with a recovery code, and turns it off", async () => {
  const email = await studio.signUp();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${studio.world.url}/account`);
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "QR code of the key" }).waitFor();
  const secret = await page.locator(".secret").innerText();
  const field = page.getByLabel("Code", { exact: true });
  expect(await field.getAttribute("autocomplete")).toBe("one-time-code");
  expect(await studio.overflow()).toBe(0);
  await field.fill("000 000");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The code is wrong").waitFor();
  await field.fill(codeOf(secret, 0));
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await list.first().waitFor();
  const codes = await list.allInnerTexts();
  expect(codes).toHaveLength(10);
  expect(await studio.overflow()).toBe(0);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("nexus-recovery-codes.txt");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("You have 10 recovery codes left").waitFor();

  const logIn = async (code: string) => {
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await studio.logIn(email);
    await page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("code");
    await page.keyboard.insertText(code);
    await page.keyboard.press("Enter");
    await page.getByText("No workspaces yet").waitFor();
  };
  const code = codeOf(secret, 1);
  await logIn(`${code.slice(0, 3)} ${code.slice(3)}`);
  await logIn((codes[0] ?? "").toLowerCase());

  await page.goto(`${studio.world.url}/account`);
  await page.getByText("You have 9 recovery codes left").waitFor();
  await page.getByRole("button", { name: "Turn off" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByLabel("Code").fill(codes[1] ?? "");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Set up" }).waitFor();
});

test("an owner without two-factor sign-in cannot require it, and is told what to do", async () => {
  await studio.signUp();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByLabel("Require two-factor sign-in").click();
  await says(page.getByRole("alert"), "set it up on your account page first");
});
