import { readFile } from "node:fs/promises";
import { waitFor } from "@nexus/testkit/server-process";
import type { Page } from "playwright-core";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

/** Every page fits on a phone, in both themes, and has nothing that a screen reader cannot read. */
async function looksRight(): Promise<void> {
  for (const viewport of [
    { width: 360, height: 740 },
    { width: 1280, height: 800 },
  ]) {
    await page.setViewportSize(viewport);
    expect(await studio.overflow()).toBe(0);
    expect(await studio.barriers()).toEqual([]);
  }
}

/** As the operator does it, with the id that the account page shows. */
async function becomeAdmin(email: string): Promise<void> {
  await page.getByTitle(`${email}, owner`).click();
  await studio.world.platformAdmin("grant", email, await page.locator("code").innerText());
  await page.reload();
  await page.getByRole("link", { name: "Administration" }).waitFor();
}

test("an administrator suspends and resumes a tenant, and its owner sees the reason; then the owner exports and deletes it", async () => {
  const email = await studio.signUp();
  const other = await studio.elsewhere();
  await other.goto(`${studio.world.url}/signup`);
  await other.getByLabel("Email").fill("ada@example.com");
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByLabel("Team name").fill("Ada & Co");
  await other.getByRole("button", { name: "Create account" }).click();
  await other.getByText("No workspaces yet").waitFor();
  await other.getByRole("button", { name: "New workspace" }).click();
  await other.getByLabel("Workspace name").fill("Pricing");
  await other.keyboard.press("Enter");
  await other.getByText("Nothing has run yet").waitFor();

  await page.goto(`${studio.world.url}/admin`);
  await page.getByText("There is no such page").waitFor();
  await becomeAdmin(email);
  await page.getByRole("link", { name: "Administration" }).click();
  await page.getByRole("searchbox").fill("ada &");
  await says(page.getByTestId("platform-tenant"), "Ada & Co");
  await says(page.getByTestId("platform-tenant"), /1 workspace, 1 active, \d+ B stored, 0 s of running time today/);
  await page.getByRole("link", { name: "Ada & Co" }).press("Enter");
  await page.getByRole("button", { name: "Suspend" }).press("Enter");
  await says(page.locator(".field-error"), "Give a reason");
  await page.keyboard.type("Unpaid since May");
  await page.keyboard.press("Enter");
  await page.getByText("Suspended: Unpaid since May").waitFor();

  await other.reload();
  await other.getByText("Ada & Co: Unpaid since May").waitFor();
  await page.getByRole("button", { name: "Resume" }).press("Enter");
  await page.getByRole("button", { name: "Suspend" }).waitFor();
  await page.getByLabel("Plan", { exact: true }).selectOption("unlimited");
  await page.getByRole("button", { name: "Set plan" }).click();
  await page.getByText("The plan is set").waitFor();
  await page.getByRole("link", { name: "People" }).click();
  await says(page.getByTestId("platform-person").first(), "ada@example.com");

  await other.goto(`${studio.world.url}/settings`);
  const downloading = other.waitForEvent("download");
  await other.getByRole("button", { name: "Export this tenant" }).click();
  const text = await readFile(await (await downloading).path(), "utf8");
  for (const part of ['"name":"Ada & Co"', '"name":"Pricing"', '"part":"tenant"', '"part":"workspaces"'])
    expect(text).toContain(part);
  await other.getByRole("button", { name: "Delete this tenant" }).press("Enter");
  await other.keyboard.type("Ada & Co");
  await other.keyboard.press("Tab");
  await other.keyboard.type(PASSWORD);
  await other.keyboard.press("Enter");
  await other.getByText("No workspaces yet").waitFor();
  await other.context().close();
});

test("a person deletes their account and may sign up with the address again", async () => {
  const email = await studio.signUp();
  await page.getByTitle(`${email}, owner`).click();
  await looksRight();
  await page.getByRole("button", { name: "Delete my account" }).press("Enter");
  await page.getByText("You are alone in these tenants").waitFor();
  await looksRight();
  await page.getByRole("dialog").getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await studio.logIn(email);
  await page.getByRole("alert").getByText("Email or password is wrong").waitFor();
});

test("the pages of the administration fit on a phone and keep nobody out, in both themes", async () => {
  const email = await studio.openWorkspace();
  await studio.run("1 + 1");
  await becomeAdmin(email);
  await page.getByRole("link", { name: "Administration" }).click();
  const own = email.split("@")[0] ?? "";
  await page.getByRole("searchbox").fill(own);
  await says(page.getByTestId("platform-tenant"), "1 workspace, 1 active");
  await looksRight();
  await page.getByRole("link", { name: own, exact: true }).click();
  const usageOf = (label: string) => page.getByTestId("usage").filter({ hasText: label });
  await says(usageOf("Workspaces"), "1 of 500");
  await says(usageOf("Active workspaces"), "1, no limit");
  await says(usageOf("Storage"), "of 1,024 MiB");
  await says(page.getByRole("table", { name: "Executions each day" }), /1\s*$/);
  await page.getByRole("combobox", { name: "Days shown" }).selectOption("Last 90 days");
  await page
    .getByRole("table", { name: "Executions each day" })
    .getByRole("row")
    .nth(90)
    .waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Suspend" }).press("Enter");
  await says(page.locator(".field-error"), "Give a reason");
  await looksRight();
  await page.getByRole("link", { name: "People" }).click();
  await page.getByTestId("platform-person").first().waitFor();
  await looksRight();
});

/** As an earlier release may have stored it: directions of text, nothing to see, and several scripts. */
const ODD = "Ada\u202e\u2066\u200b\u00ad عربي שלום 夜间 👩‍👩‍👧";

/** What the page shows of characters that nobody can see. @returns the texts that hide some, and whether a name shows its own */
async function unseen(on: Page): Promise<{ readonly hidden: string[]; readonly named: boolean }> {
  return await on.evaluate(() => {
    const texts = [...document.querySelectorAll("[title]")].map((element) => element.getAttribute("title") ?? "");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent ?? "");
    const hidden = texts.filter((text) => /[\u202a-\u202e\u2066-\u2069\u200b\u00ad]/.test(text));
    // The address in the bar above the page is there before the page is.
    return { hidden, named: document.querySelector("bdi:not(.account bdi) .unseen") !== null };
  });
}

test("names of persons, tenants, workspaces, cells, keys, clusters, projects and invitations hide nothing on any page", async () => {
  const email = await studio.openWorkspace();
  await studio.run("1 + 1");
  const workspace = new URL(page.url()).pathname;
  await becomeAdmin(email);
  const { page: guest, email: other } = await studio.join("member");
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByLabel("Name", { exact: true }).fill("nightly");
  await page.getByRole("button", { name: "Make key" }).click();
  await page.getByRole("textbox", { name: "API key" }).waitFor();
  await page.getByRole("link", { name: "Members" }).first().click();
  await page.getByLabel("Email").fill("invited@example.com");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.locator(".invitation-link code").innerText();
  const [row] = await studio.world.query(
    `select tenant_id from studio.members join studio.users on users.id = user_id where email = '${email}'`,
  );
  const tenantId = String(row?.tenant_id);
  await studio.world.query(`
    with second as (insert into studio.tenants (id, name) values (gen_random_uuid(), 'Second') returning id)
    insert into studio.members (tenant_id, user_id, role)
    select second.id, users.id, 'owner' from second, studio.users where email = '${other}';
    update studio.tenants set name = '${ODD}' where id = '${tenantId}';
    update studio.users set email = '${ODD}' || email where email in ('${email}', '${other}');
    update studio.api_keys set name = '${ODD}' where tenant_id = '${tenantId}';
    update studio.invitations set email = '${ODD}' where tenant_id = '${tenantId}';
    update kernel.cells set title = '${ODD}';
    update kernel.workspaces set name = '${ODD}' where tenant_id = '${tenantId}'`);
  const cluster = { name: ODD, context: ODD, server: "https://c.test", namespace: ODD, status: "connected" };
  const none = { insecure: false, status_reason: ODD, infra_scans: {}, scan_notes: [], scanned_at: null };
  const about = { cluster_id: "1", checked_at: null, version: "v1", node_count: 1, created_at: "2030-01-01T00:00:00Z" };
  await page.route("**/api/kubernetes/clusters", (route) =>
    route.fulfill({ json: { items: [{ ...cluster, ...none, ...about }] } }),
  );
  const platform = ["/admin?", `/admin/tenants/${tenantId}`, "/admin/persons"];
  const own = ["/workspaces", workspace, "/members", "/keys", "/clusters", "/plan", "/audit", "/settings", "/account"];
  for (const path of [...own, ...platform]) {
    await page.goto(studio.world.url + path);
    await waitFor(`${path} shows a name`, async () => expect(await unseen(page)).toEqual({ hidden: [], named: true }));
  }
  const project = { project_id: "1", name: ODD, version: 1, created_at: about.created_at };
  await page.route("**/api/kubernetes/projects", (route) => route.fulfill({ json: { items: [project] } }));
  await page.goto(`${studio.world.url}/deployments`);
  await page.getByRole("button", { name: "Deploy a project" }).click();
  await page.getByRole("option", { name: "U+202E" }).nth(1).waitFor({ state: "attached" });
  expect(await unseen(page)).toEqual({ hidden: [], named: true });
  // With two tenants there is a choice of them, and who has no account sees the name of the one that invites.
  await guest.reload();
  await guest
    .getByRole("combobox", { name: "Tenant" })
    .getByRole("option", { name: "U+202E" })
    .waitFor({ state: "attached" });
  const stranger = await studio.elsewhere();
  await stranger.goto(link);
  await says(stranger.getByRole("heading", { level: 1 }), "Join AdaU+202EU+2066U+200BU+00AD");
  for (const on of [guest, stranger]) expect(await unseen(on)).toEqual({ hidden: [], named: true });
  await Promise.all([guest.context().close(), stranger.context().close()]);
});
