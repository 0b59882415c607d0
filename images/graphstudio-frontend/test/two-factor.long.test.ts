import jsQR from "jsqr";
import type { Page } from "playwright-core";
import { waitFor } from "@nexus/testkit/server-process";
import { codeOf } from "./sign-in-steps";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

/** What a phone reads from the QR code that the page shows. */
async function scanned(): Promise<string | undefined> {
  const image = await page.getByRole("img", { name: "QR code of the key" }).screenshot();
  // The page of the studio shows no foreign image; an empty one does.
  const blank = await studio.context.newPage();
  const { data, width, height } = await blank.evaluate(async (png) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${png}`;
    await picture.decode();
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    if (!context) throw new Error("there is no canvas");
    context.drawImage(picture, 0, 0);
    const pixels = context.getImageData(0, 0, picture.width, picture.height);
    // One character a byte: a list of numbers takes seconds to get out of the page.
    const data = Array.from(pixels.data, (byte) => String.fromCharCode(byte)).join("");
    return { data, width: picture.width, height: picture.height };
  }, image.toString("base64"));
  await blank.close();
  return jsQR(Uint8ClampedArray.from(Buffer.from(data, "latin1")), width, height)?.data;
}

/** Turns two-factor sign-in on, on the account page of whoever has the browser. @returns secret and recovery codes */
async function setUp(browser: Page): Promise<{ readonly secret: string; readonly codes: readonly string[] }> {
  await browser.goto(`${studio.world.url}/account`);
  await browser.getByLabel("Your password").fill(PASSWORD);
  await browser.getByRole("button", { name: "Set up" }).click();
  const secret = await browser.locator(".secret").innerText();
  await browser.getByLabel("Code", { exact: true }).fill(codeOf(secret, 0));
  await browser.getByRole("button", { name: "Turn on" }).click();
  const list = browser.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await list.first().waitFor();
  const codes = await list.allInnerTexts();
  await browser.getByRole("button", { name: "I have kept them" }).click();
  return { secret, codes };
}

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
  await studio.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join("\n"));
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

test("deletion of a tenant, a new password and deletion of the account ask whoever has two-factor sign-in for a code", async () => {
  const email = await studio.signUp();
  const { codes } = await setUp(page);
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  const name = await page.getByLabel("Name of the tenant").inputValue();
  await page.getByRole("button", { name: "Delete this tenant…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the tenant").fill(name);
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByLabel("Code").waitFor();
  await dialog.getByRole("button", { name: "Delete tenant" }).click();
  await says(dialog.locator(".field-error"), "Enter the code that your app shows");
  await dialog.getByLabel("Code").fill(codes[0] ?? "");
  await dialog.getByRole("button", { name: "Delete tenant" }).click();
  await page.getByText("No workspaces yet").waitFor();

  await page.goto(`${studio.world.url}/account`);
  const password = page.getByRole("region", { name: "Password" });
  await password.getByLabel("Present password").fill(PASSWORD);
  await password.getByLabel("New password").fill(PASSWORD.toUpperCase());
  await password.getByLabel("Code").fill(codes[1] ?? "");
  await password.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD.toUpperCase());
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Code").fill(codes[2] ?? "");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Account" }).waitFor();

  await page.getByRole("button", { name: "Delete my account…" }).click();
  await dialog.getByLabel("Your password").fill(PASSWORD.toUpperCase());
  await dialog.getByLabel("Code").fill(codes[3] ?? "");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

test("an owner without two-factor sign-in cannot require it, and is told what to do", async () => {
  await studio.signUp();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Require two-factor sign-in").click();
  await says(page.getByRole("alert"), "set it up on your account page first");
});

test("the QR code holds the key, in both themes, and no page of it keeps anybody out", async () => {
  const email = await studio.signUp();
  await page.goto(`${studio.world.url}/account`);
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = (await page.locator(".secret").innerText()).replaceAll(" ", "");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const uri = new URL((await scanned()) ?? "");
    expect(uri.searchParams.get("secret")).toBe(secret);
    expect(decodeURIComponent(uri.pathname)).toContain(email);
  }
  expect(await studio.barriers()).toEqual([]);
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, 0));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "I have kept them" }).waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("button", { name: "New recovery codes" }).click();
  await page.getByRole("dialog").getByLabel("Code").waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await studio.logIn(email);
  await page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
  expect(await studio.barriers()).toEqual([]);
});

test("whoever lacks what a tenant requires is told so, gets in with it, and may leave without it", async () => {
  const owner = await studio.signUp();
  await setUp(page);
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.locator(".invitation-link code").innerText();
  const guest = await studio.elsewhere();
  await guest.goto(link);
  await guest.getByLabel("Email").fill(`guest-of-${owner}`);
  await guest.getByLabel("Password").fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account and join" }).click();
  await guest.getByText("No workspaces yet").waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Require two-factor sign-in").click();
  await page.getByRole("checkbox", { name: "Require two-factor sign-in", checked: true }).waitFor();
  expect(await studio.barriers()).toEqual([]);

  const told = guest.getByRole("status").filter({ hasText: "requires two-factor sign-in" });
  const tenants = guest.getByRole("combobox", { name: "Tenant" });
  const locked = tenants.getByRole("option", { name: "needs two-factor sign-in" });
  const { codes } = await setUp(guest);
  await locked.waitFor({ state: "detached" });
  await tenants.selectOption({ index: 1 });
  await guest.getByText("No workspaces yet").waitFor();
  await guest.goto(`${studio.world.url}/account`);
  await guest.getByRole("button", { name: "Turn off" }).click();
  await guest.getByRole("dialog").getByLabel("Your password").fill(PASSWORD);
  await guest
    .getByRole("dialog")
    .getByLabel("Code")
    .fill(codes[0] ?? "");
  await guest.keyboard.press("Enter");
  await told.waitFor();
  await locked.waitFor({ state: "attached" });
  await told.getByRole("button", { name: /^Leave / }).click();
  await told.waitFor({ state: "detached" });
  await tenants.waitFor({ state: "detached" });
  expect(await guest.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  await guest.context().close();
});

test("whoever makes or invites an owner and has two-factor sign-in is asked for a code", async () => {
  await studio.signUp();
  const { codes } = await setUp(page);
  const { page: guest, email } = await studio.join("admin");
  await page.reload();
  const role = page.getByLabel(`Role of ${email}`);
  await role.selectOption("owner");
  const dialog = page.getByRole("dialog");
  await says(dialog, `Make ${email} an owner?`);
  expect(await studio.barriers()).toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await role.inputValue()).toBe("admin");
  await role.selectOption("owner");
  await page.keyboard.press("Enter");
  await says(dialog.locator(".field-error"), "Enter the code that your app shows");
  await dialog.getByLabel("Code").fill("000000");
  await page.keyboard.press("Enter");
  await says(dialog, "The code is wrong");
  await dialog.getByLabel("Code").fill(codes[0] ?? "");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await waitFor("the role is shown", async () => expect(await role.inputValue()).toBe("owner"));

  const invite = page.getByRole("region", { name: "Invite somebody" });
  expect(await invite.getByLabel("Code").count()).toBe(0);
  await invite.getByLabel("Role", { exact: true }).selectOption("owner");
  await invite.getByRole("button", { name: "Invite", exact: true }).click();
  await says(invite.locator(".field-error"), "Enter the code that your app shows");
  await invite.getByLabel("Code").fill(codes[1] ?? "");
  await invite.getByRole("button", { name: "Invite", exact: true }).click();
  await page.locator(".invitation-link code").waitFor();
  await guest.context().close();
});
