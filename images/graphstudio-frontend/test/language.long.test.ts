import { type Language, languageCodes, languages } from "../src/i18n/language";
import { zh } from "../src/i18n/zh";
import { tenantPageNames, tenantPages } from "../src/screens/tenant/pages";
import { PASSWORD, Studio } from "./studio";

const studio = new Studio();

test("a browser in Chinese gets the studio in Chinese, and a choice of English holds in each tab", async () => {
  const context = await studio.context.browser()!.newContext({ locale: "zh-CN", reducedMotion: "reduce" });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await page.goto(`${studio.world.url}/signup`);
  await page.getByRole("heading", { name: zh.auth.signUp }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-Hans");
  await page.locator("[name=email]").fill("zh@example.com");
  await page.locator("[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: zh.workspaces.title, exact: true }).waitFor();
  const other = await context.newPage();
  await other.goto(`${studio.world.url}/workspaces`);
  await other.getByRole("heading", { name: zh.workspaces.title, exact: true }).waitFor();
  await page.locator(".top-bar .account").click();
  await page.getByTestId("session").waitFor();
  await page.locator("select.language").selectOption("en");
  await other.getByText("No workspaces yet").waitFor();
  for (const tab of [page, other]) expect(await tab.evaluate(() => document.documentElement.lang)).toBe("en");
  await context.close();
});

/** As if the language were chosen in another tab. */
async function speak(language: Language): Promise<void> {
  const { page } = studio;
  await page.evaluate((chosen) => {
    localStorage.setItem("nexus.language", chosen);
    window.dispatchEvent(new StorageEvent("storage", { key: "nexus.language" }));
    // Without a Chinese font a browser shows boxes, about 0.57 em wide; a character is 1 em wide.
    const sheet = new CSSStyleSheet();
    if (chosen === "zh") sheet.replaceSync(":not(.logo *) { letter-spacing: 0.43em }");
    document.adoptedStyleSheets = [sheet];
  }, language);
  await page.locator(`html[lang=${languages[language].lang}]`).waitFor();
}

/** A window as it is, on a phone, and at 200 % zoom. */
const SIZES = [
  [1280, 800],
  [390, 780],
  [640, 400],
] as const;

/** What keeps somebody out of a page: parts that are out of sight in a language, and what axe finds in both themes. */
async function faultsOf(path: string): Promise<string[]> {
  const { page } = studio;
  const found: string[] = [];
  await page.goto(studio.world.url + path, { waitUntil: "networkidle" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const language of languageCodes) {
    await speak(language);
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      const over = await studio.overflow();
      if (over !== 0) found.push(`${path} in ${language}, ${width} wide: wider than its window by ${over}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await speak("en");
  return [...found, ...(await studio.barriers()).map((barrier) => `${path}: ${barrier}`)];
}

/** Links that do not count stand for those that do. */
const guestPages = [
  "/login",
  "/signup",
  "/confirm-sign-up",
  "/join",
  "/forgot-password",
  "/new-password",
  "/signed-in",
];

test("every page fits a phone and 200 % zoom in both languages, and keeps nobody out in both themes", async () => {
  const found: string[] = [];
  for (const path of guestPages) found.push(...(await faultsOf(path)));
  const email = await studio.openWorkspace();
  await studio.run("1 + 1");
  const workspace = new URL(studio.page.url()).pathname;
  const [person] = await studio.world.query(
    `select user_id, tenant_id from studio.members join studio.users on users.id = user_id where email = '${email}'`,
  );
  await studio.world.platformAdmin("grant", email, String(person?.user_id));
  const ofTenant = tenantPageNames.map((name) => tenantPages[name].path);
  const admin = ["/admin", `/admin/tenants/${String(person?.tenant_id)}`, "/admin/persons"];
  for (const path of ["/workspaces", workspace, ...ofTenant, "/account", "/confirm-address", ...admin, "/nowhere"])
    found.push(...(await faultsOf(path)));
  expect(found).toEqual([]);
}, 600_000);
