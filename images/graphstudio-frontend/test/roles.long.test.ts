import { keyScopes, may, type Permission, planLimitNames, type Role } from "@nexus/contract";
import { waitFor } from "@nexus/testkit/server-process";
import type { Page } from "playwright-core";
import { says, Studio } from "./studio";

const none = Object.fromEntries(planLimitNames.map((name) => [name, null]));
const studio = new Studio(async () => ({
  PLANS: JSON.stringify({
    default: "free",
    definitions: { free: { ...none, selfService: true }, team: { ...none, selfService: true } },
  }),
}));

const WORKSPACE = "/workspaces/id";

/**
 * Everything that a page offers besides the bar at the top and the navigation of the tenant, by its name for screen
 * readers, and the permission that it needs; null for what everybody may do. There is one owner, and one other person.
 */
const offers: Readonly<Record<string, Readonly<Record<string, Permission | null>>>> = {
  "/workspaces": {
    "Find by name": null,
    Sort: null,
    "first steps": null,
    "New workspace": "workspaces.write",
    "Resume first steps": "workspaces.write",
    "Delete first steps": "workspaces.write",
  },
  [WORKSPACE]: {
    Notebook: null,
    Graph: null,
    ...Object.fromEntries(
      [1, 2].flatMap((position) =>
        [
          `Edit the code of run ${position} again`,
          `Auto: run cell ${position} when its inputs change`,
          ...["Run", "Remove"].map((act) => `${act} cell ${position}`),
          ...["up", "down"].map((where) => `Move cell ${position} ${where}`),
        ].map((name) => [name, "workspaces.write"] as const),
      ),
    ),
    "+ Text": "workspaces.write",
    "+ File": "workspaces.write",
    Resume: "workspaces.write",
    editor: "workspaces.write",
    Run: "workspaces.write",
  },
  "/members": {
    "Find by address": null,
    "Leave this tenant": null,
    "Role of owner": "owners.manage",
    "Role of other": "members.manage",
    // The other person leaves instead.
    "Remove other": "owners.manage",
    Email: "members.manage",
    Role: "members.manage",
    Invite: "members.manage",
  },
  "/deployments": { "Add a cluster": "clusters.manage" },
  "/variables": {
    Name: "settings.write",
    Value: "settings.write",
    Secret: "settings.write",
    Store: "settings.write",
  },
  "/keys": Object.fromEntries(
    ["Name", ...keyScopes, "Days until it ends", "Make key", "Revoke nightly"].map(
      (name) => [name, "keys.manage"] as const,
    ),
  ),
  "/plan": { "Days shown": null, "Change to team": "plan.change" },
  "/audit": Object.fromEntries(
    ["Check the trail", "Export as JSON lines", "Who", "What", "Outcome", "From", "To", "Find"].map(
      (name) => [name, "audit.read"] as const,
    ),
  ),
  "/settings": {
    "Name of the tenant": "tenant.rename",
    Rename: "tenant.rename",
    "Copy: Tenant id": null,
    "Require two-factor sign-in": "security.change",
    "Leave this tenant": null,
    "Export this tenant": "tenant.export",
    "Delete this tenant…": "tenant.delete",
  },
};

/** The names of what a page offers; `names` are short ones for addresses of people. */
async function offeredOn(page: Page, names: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await page.locator("main").evaluate((main) =>
    [...main.querySelectorAll<HTMLElement>("a, button, input, select, textarea, [data-testid=editor]")]
      .filter((element) => element.checkVisibility() && !element.matches(":disabled, nav *"))
      .map((element) => {
        const [label] = "labels" in element ? ((element as HTMLInputElement).labels ?? []) : [];
        const text = label?.innerText.split("\n")[0] ?? element.innerText.replace("+\n", "");
        return element.getAttribute("aria-label") ?? (text || element.dataset.testid || "");
      }),
  );
  return found.map((name) => Object.entries(names).reduce((short, [long, as]) => short.replace(long, as), name)).sort();
}

test("every page offers exactly what the person's role allows, and no page asks for what the server refuses", async () => {
  const owner = studio.page;
  const ownerEmail = await studio.openWorkspace();
  const path = new URL(owner.url()).pathname;
  await studio.run("1 + 1");
  await owner.goto(`${studio.world.url}/keys`);
  await owner.getByLabel("Name", { exact: true }).fill("nightly");
  await owner.getByRole("button", { name: "Make key" }).click();
  await owner.getByTestId("key").waitFor();
  const { page: other, email } = await studio.join("admin");
  await other.goto(studio.world.url + path);
  const editor = other.getByTestId("editor");
  await editor.locator(".cm-content").press("1");
  await other.keyboard.press("Control+Enter");
  await says(other.getByTestId("result"), "1");
  await owner.goto(studio.world.url + path);
  await studio.call("POST", "/stop");

  const refused: string[] = [];
  for (const page of [owner, other])
    page.on(
      "response",
      (answer) => answer.status() === 403 && refused.push(`${answer.request().method()} ${answer.url()}`),
    );
  const expectOffers = async (page: Page, role: Role, place: string) => {
    const expected = Object.entries(offers[place] ?? {}).filter(([, needs]) => needs === null || may(role, needs));
    await waitFor(`${place} offers what a role may do`, async () => {
      expect(await page.locator(".skeleton").count()).toBe(0);
      expect([role, place, ...(await offeredOn(page, { [ownerEmail]: "owner", [email]: "other" }))]).toEqual([
        role,
        place,
        ...expected.map(([name]) => name).sort(),
      ]);
    });
  };
  const look = async (page: Page, role: Role) => {
    for (const place of Object.keys(offers)) {
      await page.goto(studio.world.url + (place === WORKSPACE ? path : place));
      await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "…" }).waitFor();
      await expectOffers(page, role, place);
    }
  };
  await look(owner, "owner");
  await look(other, "admin");
  await owner.goto(`${studio.world.url}/members`);
  const make = async (role: Role) => {
    await Promise.all([
      owner.waitForResponse((answer) => answer.request().method() === "PUT" && answer.ok()),
      owner.getByLabel(`Role of ${email}`).selectOption(role),
    ]);
  };
  for (const role of ["member", "viewer"] as const) {
    await other.goto(`${studio.world.url}/workspaces`);
    await expectOffers(other, role === "member" ? "admin" : "member", "/workspaces");
    await make(role);
    // The page looks at the role again, without a new log-in.
    await other.evaluate(() => window.dispatchEvent(new Event("online")));
    await expectOffers(other, role, "/workspaces");
    await look(other, role);
  }
  expect(refused).toEqual([]);

  const ask = "Your role here is viewer. Ask one of the owners, admins, and members of this tenant.";
  await other.goto(studio.world.url + path);
  await says(other.locator(".notice"), `Its state and panels are shown here, and follow what others run. ${ask}`);
  await says(other.locator(".notice"), "This workspace was stopped");
  await other.goto(`${studio.world.url}/workspaces`);
  await says(other.locator(".notice"), ask);
  // A page that still offers more than the role allows learns it from the refusal, which the kernel gives within seconds.
  await make("member");
  await other.reload();
  await other.getByRole("button", { name: "New workspace" }).click();
  await make("viewer");
  await other.route("**/api/v1/workspaces", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 403,
          contentType: "application/problem+json",
          json: { code: "forbidden", status: 403 },
        })
      : route.continue(),
  );
  await other.getByLabel("Workspace name").fill("mine");
  await other.keyboard.press("Enter");
  await says(other.locator(".page .notice"), ask);
  await owner.goto(`${studio.world.url}/workspaces`);
  await owner.getByRole("button", { name: "Delete first steps" }).click();
  await owner.getByRole("button", { name: "Delete workspace" }).click();
  await other.goto(`${studio.world.url}/workspaces`);
  await says(other.locator(".empty"), ask);
  await other.getByRole("link", { name: "See who they are" }).click();
  await other.getByTestId("member").first().waitFor();
  await other.context().close();
}, 120_000);
