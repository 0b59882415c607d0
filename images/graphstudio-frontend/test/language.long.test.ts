import { zh } from "../src/i18n/zh";
import { PASSWORD, Studio } from "./studio";

const studio = new Studio();

test("a browser in Chinese gets the studio in Chinese, and a choice of English holds in each tab", async () => {
  const context = await studio.context.browser()!.newContext({ locale: "zh-CN", reducedMotion: "reduce" });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const found: Record<string, unknown> = {};
  const look = async (name: string) => {
    found[name] = await studio.barriers(page);
    // Without a Chinese font a browser shows boxes, about 0.57 em wide; a character is 1 em wide.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(":not(.logo *) { letter-spacing: 0.43em }");
      document.adoptedStyleSheets = [sheet];
    });
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 780 });
      const over = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      found[`${name}, ${width} px`] = await page.evaluate(over);
    }
  };
  await page.goto(`${studio.world.url}/signup`);
  await page.getByRole("heading", { name: zh.auth.signUp }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-Hans");
  await look("sign-up");
  await page.locator("[name=email]").fill("zh@example.com");
  await page.locator("[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: zh.workspaces.title, exact: true }).waitFor();
  await look("list");
  const other = await context.newPage();
  await other.goto(`${studio.world.url}/workspaces`);
  await other.getByRole("heading", { name: zh.workspaces.title, exact: true }).waitFor();
  await page.locator(".top-bar .account").click();
  await page.getByTestId("session").waitFor();
  await look("account");
  await page.locator("select.language").selectOption("en");
  await other.getByText("No workspaces yet").waitFor();
  for (const tab of [page, other]) expect(await tab.evaluate(() => document.documentElement.lang)).toBe("en");
  await context.close();
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((n) => [n, n.endsWith("px") ? 0 : []])));
});
