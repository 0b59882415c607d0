import type { Page } from "playwright-core";
import { Mailbox } from "../../graphstudio-backend/test/mailbox";
import { PASSWORD, says, Studio } from "./studio";

const mailbox = new Mailbox();
const studio = new Studio(() => mailbox.start());
afterAll(() => mailbox.stop());
let page: Page;
beforeEach(() => ({ page } = studio));

const PAGE = "confirm-address";
const open = (token: string) => page.goto(`${studio.world.url}/${PAGE}#${token}`);

test("a person confirms their address with a link that is sent again, and it counts once", async () => {
  const email = await studio.signUp();
  await page.goto(`${studio.world.url}/account`);
  const section = page.getByRole("region", { name: "Email address" });
  await says(section.getByRole("status"), `Open the link that was sent to ${email}`);
  expect(await studio.barriers()).toEqual([]);
  await section.getByRole("button", { name: "Send again" }).click();
  await says(section.getByRole("status"), `A new link is on its way to ${email}`);
  const { token } = await mailbox.link(email, PAGE, 2);
  await open(token);
  await says(page.getByRole("status"), `${email} is confirmed`);
  expect(await page.title()).toContain("Confirm your address");
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("link", { name: "Back to your account" }).click();
  await section.getByLabel("New email").waitFor();
  expect(await section.getByRole("status").count()).toBe(0);
  await open(token);
  await page.reload();
  await says(page.getByRole("alert"), "The link was used, has run out");
  expect(await studio.barriers()).toEqual([]);
});

test("a person changes their address on a phone, and logs in to confirm it", async () => {
  const email = await studio.signUp();
  const next = `next-${email}`;
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${studio.world.url}/account`);
  const section = page.getByRole("region", { name: "Email address" });
  await section.getByRole("button", { name: "Change address" }).click();
  await says(section, "Enter an email address, such as ada@example.com");
  await says(section, "Enter your password");
  await section.getByLabel("New email").fill(next);
  await section.getByLabel("Your password").fill("not the password");
  await page.keyboard.press("Enter");
  await says(section.getByRole("alert"), "Email or password is wrong");
  await section.getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await says(section.getByRole("status"), `If ${next} is free, a link is on its way there`);
  expect(await studio.overflow()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
  const { token } = await mailbox.link(next, PAGE);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await open(token);
  await page.reload();
  await studio.logIn(email);
  await says(page.getByRole("status"), `${next} is confirmed`);
  expect(await studio.overflow()).toBe(0);
  await page.getByRole("link", { name: "Back to your account" }).click();
  await says(page.locator(".page-sub"), next);
});
