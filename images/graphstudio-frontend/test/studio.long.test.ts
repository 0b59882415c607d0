import { waitFor } from "@nexus/testkit/server-process";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { isSeen, PASSWORD, says, Studio } from "./studio";
import type { StudioWorld } from "./studio-world";

const studio = new Studio();
let world: StudioWorld;
let context: BrowserContext;
let page: Page;
beforeEach(() => ({ world, context, page } = studio));

const run = (code: string) => studio.run(code);

/** Runs code that gets no answer, and moves the page's clock ahead until the page gives up. */
async function runInVain(code: string): Promise<Locator> {
  await page.clock.install();
  const cell = await run(code);
  const failure = cell.locator(".cell-failure");
  while (!(await failure.isVisible())) await page.clock.fastForward(2_000);
  return cell;
}

test("a new person gets from sign-up to a result by the keyboard alone", async () => {
  await page.goto(world.url);
  await page.getByRole("link", { name: "Create an account" }).press("Enter");
  await page.getByLabel("Email").waitFor();
  await page.keyboard.type("keys@example.com");
  await page.keyboard.press("Tab");
  await page.keyboard.type("short");
  await page.keyboard.press("Enter");
  await says(page.locator(".field-error"), "Choose at least 12 characters");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("No workspaces yet").waitFor();
  const creating = page.getByRole("button", { name: "New workspace" });
  for (const leave of [
    () => page.keyboard.press("Escape"),
    () => page.getByRole("button", { name: "Cancel" }).press("Enter"),
  ]) {
    await creating.press("Enter");
    await page.getByRole("dialog").waitFor();
    await leave();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await creating.evaluate((button) => document.activeElement === button)).toBe(true);
  }
  await creating.press("Enter");
  await page.keyboard.type("keys only");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing has run yet").waitFor();
  const cell = await run("let n = 41; n + 1");
  await says(cell.getByTestId("result"), "42");
  await studio.focusIsInEditor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Run");
});

test.each([1280, 400])("results stay in sight beside panels and long text, %i px wide", async (width) => {
  await page.setViewportSize({ width, height: 780 });
  await studio.openWorkspace();
  await run("view.set('text', 'y'.repeat(3000)); view.set('rows', Array.from({ length: 200 }, (_, i) => ({ i })))");
  await page.locator(".panels").waitFor();
  const cell = await run("'x'.repeat(3000)");
  await says(cell.getByTestId("result"), "xxx");
  const error = await run("function f() {\n  return missing + 1;\n}\nf()");
  await says(error.getByTestId("result"), "ReferenceError");
  expect(await isSeen(error.getByTestId("result"))).toBe(true);
  expect(await studio.overflow()).toBe(0);
  if (width === 400) await page.locator(".panels > summary").press("Enter");
  const text = page.locator(".panels figure", { hasText: "yyy" }).locator("pre");
  expect(await text.evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBe(0);
  expect(await studio.overflow()).toBe(0);
});

test("C26: panels say that the kernel is away, and go on in order when another one is there", async () => {
  // A kernel that ends in order may still answer that it has unloaded the workspace. The page must not hear that, also
  // not as the answer to a request that was on its way.
  let ending = false;
  await page.route(/\/api\/v1\/workspaces\/[^/]+$/, async (route) => {
    const response = await route.fetch().catch(() => undefined);
    await (ending || !response ? route.abort() : route.fulfill({ response }));
  });
  await studio.openWorkspace();
  await says((await run("view.set('p', { n: 0, seen: [] }); 'set'")).getByTestId("result"), "set");
  const panels = page.locator(".panels");
  await says(panels, "Live");
  ending = true;
  await world.stopKernel();
  ending = false;
  await says(panels, "Reconnecting…");
  const refused = await runInVain("1");
  await says(refused, "Try again in a moment. It is not known whether the code ran.");
  expect(await isSeen(refused.locator(".cell-failure"))).toBe(true);
  const patient = await run("view.update('p', { n: 1, patient: true }); 'ran'");
  await world.startKernel();
  await says(patient.getByTestId("result"), "ran");
  await refused.getByRole("button", { name: "Ask again" }).click();
  await says(refused.getByTestId("result"), "1");
  await says(panels, "Live");
  await studio.call("POST", "/execute", {
    code: "for (let n = 1; n <= 30; n++) view.update('p', { n, ['at' + n]: true })",
  });
  await says(panels, '"n": 30');
  const shown = JSON.parse(await panels.locator("pre").innerText()) as object;
  expect(shown).toEqual({
    n: 30,
    seen: [],
    patient: true,
    ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`at${i + 1}`, true])),
  });
});

test("code that takes long says for how long, and its time limit ends it", async () => {
  await studio.openWorkspace();
  const cell = await run("while (true);");
  await says(cell, /Running… [2-5] s/);
  await says(cell, "The code did not end within 5000 ms");
});

test.each(["the list and back", "a reload"])(
  "a run that is under way has its answer after %s, and ran once",
  async (way) => {
    await studio.openWorkspace();
    await says((await run("let n = 0; 'set'")).getByTestId("result"), "set");
    const slow = await run("for (const end = Date.now() + 3000; Date.now() < end; ); n += 1");
    await says(slow, "Running…");
    if (way === "a reload") await page.reload();
    else {
      await page.getByRole("link", { name: "Workspaces", exact: true }).click();
      await page.getByRole("link", { name: "first steps" }).click();
    }
    const cells = page.getByTestId("cell");
    await says(cells.nth(1).getByTestId("result"), "1");
    expect(await cells.count()).toBe(2);
    await says(page.locator(".badge"), "Running");
    await says((await run("n")).getByTestId("result"), "1");
  },
);

test.each(["__proto__", "constructor"])("an address that names no workspace says so: %s", async (id) => {
  await studio.openWorkspace();
  await page.goto(`${world.url}/workspaces/${id}`);
  await page.getByRole("heading", { name: "There is no such workspace" }).waitFor();
});

test("failures name what to do next: a service that is away, a lost network, a request that is refused", async () => {
  const problem = { code: "database_unavailable", title: "The database cannot be reached" };
  const away = { status: 503, headers: { "retry-after": "2" }, json: problem };
  await studio.openWorkspace();
  await page.route("**/document/cells/*/run", (route) => route.fulfill(away));
  await says(
    await runInVain("1"),
    "The database cannot be reached. Try again in 2 s. It is not known whether the code ran.",
  );
  await page.unroute("**/document/cells/*/run");
  await context.setOffline(true);
  await says(await runInVain("1"), "Check the connection and try again. It is not known whether the code ran.");
  await context.setOffline(false);
  await says(await run(`'${"x".repeat(300 * 1024)}'`), "The code may have at most 256 KiB. The code did not run.");
  await page.route("**/api/v1/workspaces/*", (route) => route.fulfill(away));
  await page.reload();
  await says(page.getByRole("alert"), "The database cannot be reached. Try again in 2 s.");
  await page.unroute("**/api/v1/workspaces/*");
  // Without a click.
  await page.getByRole("heading", { name: "first steps" }).waitFor();
});

test("a workspace that was stopped through the API can be resumed, and has its variables", async () => {
  await studio.openWorkspace();
  await says((await run("let n = 41; 'kept'")).getByTestId("result"), "kept");
  await studio.call("POST", "/stop");
  await says(await run("n + 1"), "resume it first. The code did not run.");
  await page.getByRole("button", { name: "Resume" }).click();
  await says(page.locator(".badge"), "Running");
  await page.locator(".cm-content").click();
  await says(await run("n + 1"), "42");
});

test("who logs in again after the session ended finds the own code, after a log-out nobody does", async () => {
  const email = await studio.openWorkspace();
  const address = page.url();
  const refusal = { status: 401, json: { code: "unauthorized", title: "A valid access token is needed" } };
  // Before any request is refused: the page also asks by itself.
  await studio.write("'precious'");
  await page.route(/\/(api\/v1|auth\/session)/, (route) => route.fulfill(refusal));
  await page.keyboard.press("Control+Enter");
  await page.getByText("Your session has ended. Log in again to go on.").waitFor();
  await page.unroute(/\/(api\/v1|auth\/session)/);
  await studio.logIn(email);
  await says(page.locator(".cm-content"), "precious");
  expect(page.url()).toBe(address);
  await page.getByRole("button", { name: "Log out" }).click();
  await studio.logIn(email);
  await page.getByRole("link", { name: "first steps" }).click();
  await page.getByText("Nothing has run yet").waitFor();
  expect(await page.locator(".cm-content").innerText()).not.toContain("precious");
});

test("a list of objects is a table that is sorted, filtered and copied, also with the keyboard, and draws what is looked at", async () => {
  await studio.openWorkspace();
  await studio.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const cell = await studio.run(
    "Array.from({ length: 250 }, (_, n) => ({ n, name: `row <b>${n % 7}`, even: n % 2 === 0 ? true : null }))",
  );
  const table = cell.getByRole("table", { name: "Result of run 1" });
  const column = async (index: number) => await table.locator(`tbody td:nth-child(${index})`).allInnerTexts();
  await says(cell.getByRole("status"), "250 of 250 rows");
  expect((await column(1)).length).toBe(100);
  await cell.getByRole("button", { name: "Show 100 more rows" }).click();
  await waitFor("more rows are drawn", async () => expect((await column(1)).length).toBe(200));
  const head = table.getByRole("columnheader", { name: "n", exact: true });
  const sortedAs = async () => await head.getAttribute("aria-sort");
  expect(await sortedAs()).toBe("none");
  await head.getByRole("button").press("Enter");
  await head.getByRole("button").press("Enter");
  await waitFor("the largest is first", async () =>
    expect([await sortedAs(), (await column(1))[0]]).toEqual(["descending", "249"]),
  );
  await cell.getByRole("searchbox", { name: "Filter: Result of run 1" }).fill("ROW <B>3");
  await says(cell.getByRole("status"), "36 of 250 rows");
  expect((await column(1)).slice(0, 2)).toEqual(["248", "241"]);
  await cell.getByRole("button", { name: "Copy", exact: true }).press("Enter");
  await says(cell.getByRole("status"), "Copied.");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split("\n").slice(0, 3)).toEqual(["n\tname\teven", "248\trow <b>3\ttrue", "241\trow <b>3\t"]);
  expect(await studio.barriers()).toEqual([]);
  await cell.getByText("As text").click();
  await says(cell.getByTestId("result"), "name");
});

test("a value that says that it is a chart is drawn, with its data; one that cannot be drawn says why", async () => {
  await studio.openWorkspace();
  const scripts: string[] = [];
  page.on("response", (answer) => answer.url().endsWith(".js") && scripts.push(answer.url()));
  await says((await studio.run("1 + 1")).getByTestId("result"), "2");
  expect(scripts).toEqual([]);
  const cell = await studio.run(
    `const rows = ["A <b>", "red"].flatMap((shop, s) => Array.from({ length: 12 }, (_, m) => ({
      month: new Date(Date.UTC(2030, m)).toISOString().slice(0, 10), price: 10 + m * (s + 1) + (m % 3), shop })));
    view.set("prices", { chart: "bar", data: rows, x: "shop", y: "price" });
    ({ chart: "line", title: "Prices <i>", data: rows, x: "month", y: "price", color: "shop" })`,
  );
  const chart = cell.getByRole("img", { name: "Prices <i>: Line chart of price by month, 24 values" });
  await waitFor("two lines are drawn, in their colors", async () =>
    expect(
      await chart
        .locator("[aria-label=line] path")
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).stroke)),
    ).toHaveLength(2),
  );
  const colors = await chart
    .locator("[aria-label=line] path")
    .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).stroke));
  expect(new Set(colors).size).toBe(2);
  expect(colors).not.toContain("rgb(255, 0, 0)");
  expect(scripts.length).toBeGreaterThan(0);
  expect(await chart.locator(".chart-plot-swatch").allInnerTexts()).toEqual(["A <b>", "red"]);
  expect(await page.locator(".chart :is(b, i, style)").count()).toBe(0);
  await page
    .getByRole("img", { name: "Panel prices: Bar chart of price by shop, 24 values" })
    .locator("rect")
    .first()
    .waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.setViewportSize({ width: 390, height: 780 });
  expect(await studio.overflow()).toBe(0);
  await cell.getByText("Data", { exact: true }).click();
  await says(cell.getByRole("table"), "2030-12-01");
  await page.locator(".composer .cm-content").click();
  for (const [kind, x, mark] of [
    ["area", "month", "[aria-label=area] path"],
    ["dot", "month", "[aria-label=dot] circle"],
    ["histogram", "price", "[aria-label=rect] rect"],
  ] as const) {
    const next = await studio.run(`({ chart: "${kind}", data: rows.slice(0, 12), x: "${x}", y: "price" })`);
    await next.getByRole("img").locator(mark).first().waitFor();
  }
  const wrong = await studio.run("({ chart: 'pie', data: rows })");
  await says(wrong, "No chart: “chart” is pie; give one of line, area, bar, dot, histogram.");
  await says(wrong.getByTestId("result"), "month");
});
