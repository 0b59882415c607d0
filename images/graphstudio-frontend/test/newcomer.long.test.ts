import type { Locator, Page } from "playwright-core";
import { waitFor } from "@nexus/testkit/server-process";
import { isSeen, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

const facts = () => page.locator(".facts");
/**
 * Runs code to its end.
 * @returns the element with its result or error
 */
async function resultOf(code: string): Promise<Locator> {
  const result = (await studio.run(code)).getByTestId("result");
  await result.waitFor();
  return result;
}
const focused = () => page.evaluate(() => document.querySelector(":focus")?.textContent ?? "nothing has it");

test("no page keeps out who reads or works another way, in both themes and on a phone", async () => {
  const found: Record<string, string[]> = {};
  const look = async (name: string) => {
    found[name] = await studio.barriers();
  };
  await page.goto(`${studio.world.url}/login/`);
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await look("log-in");
  await studio.signUp();
  await look("no workspaces");
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByTestId("invitation").waitFor();
  await look("members");
  await page.locator(".top-bar .account").click();
  await page.getByTestId("session").waitFor();
  await look("account");
  await page.setViewportSize({ width: 390, height: 780 });
  expect(await studio.overflow()).toBe(0);
  await look("account on a phone");
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByTestId("invitation").waitFor();
  expect(await studio.overflow()).toBe(0);
  await look("members on a phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${studio.world.url}/workspaces`);
  await page.getByRole("button", { name: "New workspace" }).click();
  await page.keyboard.press("Enter");
  await page.getByText("Give the workspace a name").waitFor();
  await look("a name that is missing");
  await page.goto(`${studio.world.url}/nothing/here`);
  await page.getByRole("heading", { name: "There is no such page", level: 1 }).waitFor();
  await look("no such page");
  await page.goto(`${studio.world.url}/workspaces/`);
  await studio.createWorkspace("long output");
  await look("a new workspace");
  await resultOf("for (let i = 0; i < 60; i += 1) console.warn(`line ${i}`)");
  await resultOf("view.set('rows', Array.from({ length: 90 }, (_, i) => ({ i }))); 'x\\n'.repeat(90)");
  await says(await resultOf(`${"// code\n".repeat(60)}\nmissing`), "ReferenceError");
  await page.locator(".panels").waitFor();
  await look("a workspace");
  await page.setViewportSize({ width: 390, height: 780 });
  await look("a workspace on a phone");
  await page.goto(`${studio.world.url}/workspaces`);
  await page.getByTestId("workspace-row").waitFor();
  await look("the list on a phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  await look("the list");
  await page.getByRole("button", { name: "Delete long output" }).click();
  await look("a question");
  expect(Object.fromEntries(Object.entries(found).filter(([, barriers]) => barriers.length > 0))).toEqual({});
});

test("long output is reached and scrolled by the keyboard", async () => {
  await studio.openWorkspace();
  const result = await resultOf("'x\\n'.repeat(90)");
  await page.locator(".history").focus();
  for (let stops = 0; stops < 5 && !(await isFocused(result)); stops += 1) await page.keyboard.press("Tab");
  expect(await isFocused(result)).toBe(true);
  await page.keyboard.press("End");
  await waitFor("it has scrolled", async () =>
    expect(await result.evaluate((box) => box.scrollTop)).toBeGreaterThan(0),
  );
});

const isFocused = (place: Locator) => place.evaluate((element) => element === document.activeElement);

test.each([
  ["a window at 200 %", 640, 400],
  ["a window at 400 %", 320, 256],
  ["a phone with its keyboard up", 390, 430],
])("the last result is in sight, and the page scrolls to the others: %s", async (_name, width, height) => {
  await page.setViewportSize({ width, height: 800 });
  await studio.openWorkspace();
  const first = page.getByTestId("cell").first();
  await resultOf("view.set('p', { open: 1 }); let n = 41");
  for (let i = 1; i < 5; i += 1) await resultOf(`n += 1; 'x\\n'.repeat(${i * 10})`);
  await page.setViewportSize({ width, height });
  await waitFor("what was last is in sight", async () =>
    expect(await isSeen(page.locator(".cell-meta").last())).toBe(true),
  );
  const last = await resultOf("[1, 2, 3].map((x) => x * n)");
  await says(last, "[45, 90, 135]");
  await waitFor("the result is in sight", async () => expect(await isSeen(last)).toBe(true));
  const wrong = await resultOf("function f() {\n  return missing;\n}\nf()");
  await says(wrong, "ReferenceError");
  await waitFor("the error is in sight", async () => expect(await isSeen(wrong)).toBe(true));
  await studio.focusIsInEditor();
  expect(await isSeen(page.getByRole("button", { name: "Run", exact: true }))).toBe(true);
  await page.mouse.move(width / 2, 100);
  await page.mouse.wheel(0, -20_000);
  await waitFor("the page is at its top", async () => expect(await page.evaluate(() => window.scrollY)).toBe(0));
  const firstCode = first.locator("pre").first();
  await firstCode.evaluate((code) => code.scrollIntoView({ block: "start" }));
  expect(await isSeen(firstCode)).toBe(true);
  expect(await studio.overflow()).toBe(0);
});

test("a run that ran out of memory says whether it was undone, and the memory is shown with its limit", async () => {
  await studio.openWorkspace();
  await says(facts(), "none yet, at most 32 MiB");
  await says(await resultOf("let order = 8; order"), "8");
  await says(facts(), /Memory\s*[\d.]+ (KiB|MiB) of 32 MiB/);
  const kept = "What the code changed until then is kept";
  const undone = "The run was undone: all variables are as they were before it.";
  const told = async (code: string) => {
    const cell = await studio.run(code);
    await says(cell, /Memory limit/);
    return (await cell.innerText()).includes(undone) ? "undone" : (await cell.innerText()).includes(kept) ? "kept" : "";
  };
  for (const code of [
    "order = 9; const m = new Map(); for (let i = 0; ; i += 1) m.set(i, new Array(1000).fill(i))",
    "order = 9; var big = []; for (;;) big.push('x'.repeat(100000) + big.length)",
  ]) {
    const what = await told(code);
    expect(what).not.toBe("");
    await resultOf("typeof big === 'undefined' || (big = null); 0");
    await says(await resultOf("order"), what === "undone" ? "8" : "9");
    await resultOf("order = 8");
  }
});

test("a stop, an end of the pod and a deletion by others are seen without a click", async () => {
  await studio.openWorkspace();
  await says(await resultOf("view.set('p', 1); let n = 1; n"), "1");
  await says(facts(), "Running");
  await says(facts(), "Pod");
  await studio.call("POST", "/stop");
  await says(facts(), "Stopped");
  expect(await facts().innerText()).not.toContain("Pod");
  await says(page.locator(".panels"), "Not live");
  await page.getByRole("button", { name: "Resume" }).press("Enter");
  await says(facts(), "Running");
  await studio.focusIsInEditor();
  await studio.world.stopKernel();
  await says(facts(), "Not reachable");
  expect(await facts().innerText()).not.toContain("Pod");
  await studio.world.startKernel();
  await says(facts(), /Stopped|Running/);
  await studio.call("DELETE", "");
  await page.getByRole("heading", { name: "There is no such workspace" }).waitFor();
});

test("a workspace is stopped and resumed on its page and in the list, and keeps its variables", async () => {
  await studio.openWorkspace();
  await says(await resultOf("let n = 42; n"), "42");
  await page.getByRole("button", { name: "Stop workspace" }).press("Enter");
  await says(facts(), "Stopped");
  await studio.focusIsInEditor();
  await page.getByRole("link", { name: "Workspaces" }).first().click();
  const row = page.getByTestId("workspace-row");
  await row.getByRole("button", { name: "Resume first steps" }).press("Enter");
  await says(row, "Running");
  expect(await focused()).toBe("Stop");
  await page.keyboard.press("Enter");
  await says(row, "Stopped");
  await page.getByRole("link", { name: "first steps" }).click();
  await page.getByRole("button", { name: "Resume" }).press("Enter");
  await says(facts(), "Running");
  await says(await resultOf("n"), "42");
});

test("a studio that was opened without a network opens by itself once there is one", async () => {
  await studio.signUp();
  await page.route(/\/(auth|account|api)\//, (route) => route.abort());
  await page.reload();
  await page.getByRole("heading", { name: "The studio cannot open" }).waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.unroute(/\/(auth|account|api)\//);
  await page.getByText("No workspaces yet").waitFor();
});

test("the list begins with the newest, can be searched and sorted, and keeps the focus after a deletion", async () => {
  await studio.signUp();
  for (const name of ["beta 2", "alpha", "beta 10"]) {
    await studio.createWorkspace(name);
    await page.getByRole("link", { name: "Workspaces", exact: true }).click();
    expect(await focused()).toBe("Workspaces");
  }
  const rows = page.getByTestId("workspace-row");
  const names = () => rows.locator(".cell-name").allInnerTexts();
  await waitFor("the list", async () => expect(await names()).toEqual(["beta 10", "alpha", "beta 2"]));
  await page.getByLabel("Sort").selectOption("Name, A to Z");
  expect(await names()).toEqual(["alpha", "beta 2", "beta 10"]);
  await page.getByLabel("Find by name").fill("BETA");
  expect(await names()).toEqual(["beta 2", "beta 10"]);
  await page.getByLabel("Find by name").fill("gamma");
  await page.getByText("No workspace has “gamma” in its name.").waitFor();
  await page.getByLabel("Find by name").fill("");
  expect(await page.locator("main").innerText()).not.toMatch(/kernel-|\b0 B\b/);
  for (const [name, next] of [
    ["beta 2", "beta 10"],
    ["beta 10", "alpha"],
    ["alpha", "New workspace"],
  ] as const) {
    await page.getByRole("button", { name: `Delete ${name}`, exact: true }).press("Enter");
    await page.getByRole("button", { name: "Delete workspace" }).press("Enter");
    await page.getByText(`${name} was deleted`).waitFor({ state: "attached" });
    await waitFor("the focus is on what is next", async () => expect(await focused()).toContain(next));
  }
});

test("a name that would show as another one is refused with its reason", async () => {
  await studio.signUp();
  await page.getByRole("button", { name: "New workspace" }).click();
  await page.getByLabel("Workspace name").fill("report\u202etxt.exe");
  await page.keyboard.press("Enter");
  await says(page.locator(".field-error"), "Give a name without characters that change the direction of text");
  await page.getByLabel("Workspace name").fill("\u200b\u2060");
  await page.keyboard.press("Enter");
  await says(page.locator(".field-error"), "Give a name that can be seen");
  await page.getByLabel("Workspace name").fill("עברית");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing has run yet").waitFor();
  await says(page.locator("h1 bdi"), "עברית");
  expect(await page.title()).toBe("\u2068עברית\u2069 · Nexus Studio");
});

test("it is told how many log lines are not shown", async () => {
  await studio.openWorkspace();
  const cell = await studio.run("for (let i = 0; i < 300; i += 1) console.log(i); 'done'");
  await says(cell.locator(".cell-meta"), "first 200 of 300 log lines");
});

test("where sign-up is closed the studio says so, and leads to log-in alone", async () => {
  await page.route("**/auth/signup", (route) =>
    route.request().method() === "GET" ? route.fulfill({ json: { state: "closed" } }) : route.continue(),
  );
  await page.goto(`${studio.world.url}/signup`);
  await page.getByRole("heading", { name: "Sign-up is closed" }).waitFor();
  expect(await page.getByRole("status").textContent()).toBe(
    "Nobody can create an account here. Ask whoever runs this platform for one.",
  );
  expect(await page.getByRole("textbox").count()).toBe(0);
  await page.getByRole("link", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await waitFor("the link is gone", async () =>
    expect(await page.getByRole("link", { name: "Create an account" }).count()).toBe(0),
  );
});

test("the list goes through all pages of the workspaces", async () => {
  await studio.signUp();
  const asked: string[] = [];
  await page.route("**/api/v1/workspaces*", async (route) => {
    const { search } = new URL(route.request().url());
    asked.push(search);
    const at = new Date().toISOString();
    const item = (name: string) => ({
      id: name,
      name,
      state: "stopped",
      memoryBytes: 0,
      createdAt: at,
      lastActiveAt: at,
    });
    await route.fulfill({
      json: search === "" ? { items: [item("one")], next: "1.x" } : { items: [item("two")], next: null },
    });
  });
  await page.reload();
  await page.getByRole("link", { name: "two" }).waitFor();
  expect(await page.getByTestId("workspace-row").count()).toBe(2);
  expect(asked.slice(0, 2)).toEqual(["", "?after=1.x"]);
});

test("sign-up says what is wrong in words, and ext.http how a host is allowed", async () => {
  await page.goto(`${studio.world.url}/signup`);
  const signUp = async (email: string, password: string) => {
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
  };
  await signUp("ada@", "correct horse battery staple");
  await says(page.locator(".field-error"), "Give an email address, such as ada@example.com");
  await signUp("ada@example.com", "aaaaaaaaaaaa");
  await says(page.locator(".field-error"), "Choose a password that is harder to guess");
  await studio.openWorkspace();
  const refused = await resultOf("await ext.http({ url: 'https://example.com' })");
  await says(refused, "an owner adds it to httpAllow with PUT /api/v1/tenant-settings");
});
