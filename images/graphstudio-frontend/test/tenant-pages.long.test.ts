import { readFile } from "node:fs/promises";
import { planLimitNames } from "@nexus/contract";
import type { Page, Route } from "playwright-core";
import { says, Studio } from "./studio";

const none = Object.fromEntries(planLimitNames.map((name) => [name, null]));
const studio = new Studio(async () => ({
  PLANS: JSON.stringify({
    default: "free",
    definitions: {
      free: { ...none, workspaces: 1, apiKeys: 2, selfService: true },
      team: { ...none, workspaces: 5, apiKeys: 10, selfService: true },
    },
  }),
}));
let page: Page;
beforeEach(() => ({ page } = studio));

const tenantPage = async (name: string) => {
  await page.goto(`${studio.world.url}/members`);
  await page.getByRole("navigation", { name: "Pages of the tenant" }).getByRole("link", { name }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
};
const usageOf = (label: string) => page.getByTestId("usage").filter({ hasText: label });

test("a key is made on the page, used as the page says, and refused once it is revoked; the audit trail has it all", async () => {
  const email = await studio.signUp();
  await tenantPage("API keys");
  await says(page.locator("main"), "There are no keys yet");
  await page.getByRole("checkbox", { name: "workspaces.read" }).uncheck();
  await page.getByRole("button", { name: "Make key" }).click();
  await says(page.locator(".field-error").first(), "Give the key a name");
  await says(page.locator(".field-error").last(), "Choose at least one scope");
  await page.getByRole("checkbox", { name: "workspaces.read" }).check();
  await page.getByLabel("Name", { exact: true }).fill("nightly\u200b build");
  await page.getByRole("button", { name: "Make key" }).click();
  const key = await page.getByRole("textbox", { name: "API key" }).innerText();
  const command = await page.getByRole("textbox", { name: "Command" }).innerText();
  const [, authorization = "", url = ""] = /^curl -sS -H 'Authorization: (.+)' (http\S+)$/.exec(command) ?? [];
  expect(authorization).toBe(`Bearer ${key}`);
  const use = async () => (await fetch(url, { headers: { authorization } })).status;
  expect(await use()).toBe(200);
  await says(page.getByTestId("key"), "nightlyU+200B build");

  await page.reload();
  await says(page.getByTestId("key"), `Made by ${email}`);
  await says(page.getByTestId("key"), "last used just now");
  expect(await page.getByText(key).count()).toBe(0);
  await page.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await page.getByTestId("key").waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keys");
  const end = Date.now() + 10_000;
  while ((await use()) !== 401 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await use()).toBe(401);

  // The page that has made a key does not show it any longer than it counts.
  await page.getByLabel("Name", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Make key" }).click();
  await page.getByRole("textbox", { name: "API key" }).waitFor();
  await page.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await page.getByRole("textbox", { name: "API key" }).waitFor({ state: "detached" });

  await tenantPage("Audit trail");
  await says(page.getByTestId("audit-row").first(), "API key revoked");
  await page.getByRole("combobox", { name: "What" }).selectOption("API key made");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByTestId("audit-row").nth(2).waitFor({ state: "detached" });
  await says(page.getByTestId("audit-row").first(), email);
  await says(page.getByTestId("audit-row"), "nightlyU+200B build");
  await page.getByRole("textbox", { name: "Who" }).fill("nobody@example.com");
  await page.keyboard.press("Enter");
  await says(page.locator("main"), "No row matches.");
  await page.getByRole("button", { name: "Check the trail" }).click();
  await says(page.locator(".notice"), "nothing was changed, removed or inserted");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export as JSON lines" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
  expect(lines.at(-1)).toContain('"end"');
  expect(download.suggestedFilename()).toMatch(/^audit .*\.jsonl$/);
});

test("a limit of the plan is explained where it refuses; the owner changes the plan there and work goes on", async () => {
  await studio.openWorkspace();
  await page.goto(`${studio.world.url}/workspaces`);
  await page.getByRole("button", { name: "New workspace" }).click();
  await page.getByLabel("Workspace name").fill("one more");
  await page.keyboard.press("Enter");
  await says(page.getByRole("alert"), "A tenant may have 1 workspaces and has 1");
  await page.getByRole("link", { name: "See plan and usage" }).click();
  await says(usageOf("Workspaces"), "1 of 1 full");
  await says(page.getByTestId("plan"), "free Active");
  await page.getByRole("button", { name: "Change to team" }).click();
  await says(page.getByRole("dialog"), "No limit becomes smaller");
  await page.getByRole("button", { name: "Change plan" }).click();
  await says(page.locator(".notice"), "The plan is now team");
  await says(usageOf("Workspaces"), "1 of 5");

  await page.goto(`${studio.world.url}/workspaces`);
  await studio.createWorkspace("one more");
  await studio.run("1 + 1");
  await tenantPage("Plan");
  await says(page.getByRole("table", { name: "Executions each day" }), /1\s*$/);
  await page.getByRole("button", { name: "Change to free" }).click();
  await says(page.getByTestId("less"), "Workspaces: 1. You have 2.");
  await says(page.getByRole("dialog"), "Everything that is there is kept");
  await page.getByRole("button", { name: "Change plan" }).click();
  await says(usageOf("Workspaces"), "2 of 1 above the limit");
  await tenantPage("Audit trail");
  await says(page.getByTestId("audit-row").first(), /Plan changed.*plan: free/s);
});

test("who may not see a page is told so, and the navigation does not offer it; a foreign tenant is not there", async () => {
  await studio.signUp();
  await tenantPage("Settings");
  await page.getByLabel("Name of the tenant").fill("Engines \u2067& looms");
  await page.getByRole("button", { name: "Rename" }).click();
  await says(page.locator(".field-error"), "direction of text");
  await page.getByLabel("Name of the tenant").fill("Engines & looms");
  await page.getByRole("button", { name: "Rename" }).click();
  await says(page.locator(".page-sub"), "Engines & looms");
  const id = await page.getByRole("textbox", { name: "Tenant id" }).innerText();

  const { page: viewer } = await studio.join("viewer");
  await viewer.goto(`${studio.world.url}/tenants/${id}/plan`);
  await viewer.getByRole("heading", { name: "Plan", level: 1 }).waitFor();
  expect(new URL(viewer.url()).pathname).toBe("/plan");
  const offered = viewer.getByRole("navigation", { name: "Pages of the tenant" }).getByRole("link");
  await offered.first().waitFor();
  expect(await offered.allInnerTexts()).toEqual([
    "Members",
    "Clusters",
    "Deployments",
    "Variables",
    "Plan",
    "Settings",
  ]);
  await says(viewer.locator("main"), "Owners of this tenant change the plan");
  expect(await viewer.getByRole("button", { name: /Change to/ }).count()).toBe(0);
  for (const path of ["/keys", "/audit"]) {
    await viewer.goto(studio.world.url + path);
    await says(
      viewer.getByTestId("explained"),
      "Your role here is viewer. Ask one of the owners and admins of this tenant.",
    );
    expect(await viewer.getByRole("button", { name: /Make key|Export/ }).count()).toBe(0);
  }
  await viewer.goto(`${studio.world.url}/settings`);
  await viewer.getByRole("button", { name: "Leave this tenant" }).click();
  expect(await viewer.getByLabel("Name of the tenant").count()).toBe(0);
  await viewer.getByRole("dialog").getByRole("button", { name: "Leave this tenant" }).click();
  await viewer.getByText("No workspaces yet").waitFor();
  for (const tenant of [id, "x"]) {
    await viewer.goto(`${studio.world.url}/tenants/${tenant}/members`);
    await viewer.getByRole("heading", { name: "There is no such tenant" }).waitFor();
  }
  await viewer.context().close();
});

test("no page of a tenant keeps anybody out: both themes, a phone, 200 % zoom, 10,000 keys, names of any script", async () => {
  await studio.openWorkspace();
  await studio.run("1 + 1");
  const key = { scopes: ["workspaces.read", "plan.read"], madeBy: "ada@example.com", lastUsedAt: null };
  const time = new Date().toISOString();
  const names = ["مفتاح ١ ‏build", "夜间构建", "x".repeat(100), "👩‍👩‍👧 family", "nightly\u200b"];
  const items = Array.from({ length: 10_000 }, (_, n) => ({
    ...key,
    id: `k${n}`,
    name: names[n % 5] ?? "",
    createdAt: time,
    expiresAt: n % 2 ? time : "2999-01-01T00:00:00Z",
  }));
  const answerKeys = (route: Route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("after") ?? 0);
    return route.fulfill({ json: { items: items.slice(from, from + 50), next: String(from + 50) } });
  };
  const found: Record<string, unknown> = {};
  for (const name of ["Members", "API keys", "Plan", "Audit trail", "Settings"]) {
    if (name === "API keys") await page.route("**/keys?*", answerKeys);
    await tenantPage(name);
    await page.locator("main :is(.entries li, .usage, .audit-rows tr, .copied)").first().waitFor();
    for (const [width, height] of [
      [1280, 800],
      [390, 780],
      [640, 400],
    ] as const) {
      await page.setViewportSize({ width, height });
      found[`${name}, ${width} wide`] = await studio.overflow();
      if (width !== 640) found[`${name}, ${width} wide, to axe`] = await studio.barriers();
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    if (name !== "API keys") continue;
    expect(await page.getByTestId("key").count()).toBe(50);
    await page.getByRole("button", { name: "Show more" }).press("Enter");
    await says(page.locator(".more"), "100 shown, there are more");
  }
  expect(found).toEqual(
    Object.fromEntries(Object.entries(found).map(([what, is]) => [what, is instanceof Array ? [] : 0])),
  );
}, 300_000);

test("of 10,000 members the page shows the first ones, finds one by a part of the address, and goes on page by page", async () => {
  const email = await studio.signUp();
  await studio.world.query(`
    with people as (
      insert into studio.users (id, email)
      select gen_random_uuid(), 'crowd-' || lpad(n::text, 5, '0') || '@example.com' from generate_series(1, 9999) n
      returning id
    )
    insert into studio.members (tenant_id, user_id, role)
    select tenant_id, people.id, 'viewer' from people, studio.members
    join studio.users on users.id = user_id where users.email = '${email}'`);
  const shown = page.getByTestId("member");
  await tenantPage("Members");
  await says(page.locator(".more"), "50 shown, there are more");
  await page.getByRole("button", { name: "Show more" }).press("Enter");
  await says(page.locator(".more"), "100 shown, there are more");
  expect(await shown.count()).toBe(100);
  await page.getByRole("searchbox").fill("CROWD-0777");
  await says(page.locator(".more"), "10 shown");
  expect(await shown.first().innerText()).toContain("crowd-07770@example.com");
  await page.getByLabel("Role of crowd-07777@example.com").selectOption("member");
  await page.reload();
  await page.getByRole("searchbox").fill("crowd-07777");
  await says(page.locator(".more"), "1 shown");
  expect(await page.getByLabel("Role of crowd-07777@example.com").inputValue()).toBe("member");
});
