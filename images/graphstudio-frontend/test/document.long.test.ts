import { waitFor } from "@nexus/testkit/server-process";
import type { Locator, Page } from "playwright-core";
import { says, Studio } from "./studio";

// A run without an end ends only when somebody stops it, however slow the page is.
const studio = new Studio(async () => ({ TIMEOUT_MS: "60000" }));
let page: Page;
beforeEach(() => ({ page } = studio));

const cellOf = (place: Page, position: number) => place.getByTestId("cell").nth(position - 1);

/** Replaces the code of a cell, where its editor is open. */
async function type(place: Page, position: number, code: string): Promise<void> {
  const field = cellOf(place, position).locator(".cm-content");
  await field.click();
  await place.keyboard.press("ControlOrMeta+a");
  await place.keyboard.press("Backspace");
  await place.keyboard.insertText(code);
}
/** Whether all of an element is seen in the list of cells. */
const isInView = (element: Locator) =>
  element.evaluate((node) => {
    const { top, bottom } = node.getBoundingClientRect();
    const list = node.closest(".history")?.getBoundingClientRect();
    return list !== undefined && top >= list.top && bottom <= list.bottom;
  });
const edit = (place: Page, position: number) =>
  place.getByRole("button", { name: `Edit the code of run ${position} again` }).click();

/** The page of the workspace, and the same in the browser of another member. */
async function openWithAnother() {
  const email = await studio.openWorkspace();
  const address = page.url();
  const { page: other, email: otherEmail } = await studio.join("member");
  await page.goto(address);
  await other.goto(address);
  return { email, other, otherEmail };
}

test("another browser has the same cells, results and panels, and two people see each other and what each writes", async () => {
  const { email, other, otherEmail } = await openWithAnother();
  await studio.focusIsInEditor();
  await says((await studio.run("let n = 41; view.set('p', n); n + 1")).getByTestId("result"), "42");
  await says(cellOf(other, 1).getByTestId("result"), "42");
  await says(other.locator(".panels"), "41");
  await says(other.getByRole("list", { name: "Also here" }), email);
  await says(page.getByRole("list", { name: "Also here" }), otherEmail);
  await edit(other, 1);
  await type(other, 1, "let n = 1; n * 2");
  await says(cellOf(page, 1).locator(".cell-code pre"), "let n = 1; n * 2");
  await says(cellOf(page, 1), "Stale: the code changed after it ran.");
  await other.keyboard.press("Control+Enter");
  await says(cellOf(page, 1).getByTestId("result"), "2");
  await page.reload();
  await says(cellOf(page, 1).getByTestId("result"), "2");
  await other.context().close();
  await waitFor("nobody else is here", async () =>
    expect(await page.getByRole("list", { name: "Also here" }).count()).toBe(0),
  );
});

test("two people who write one cell at once lose nothing: one is told, sees both, and chooses", async () => {
  const { other } = await openWithAnother();
  await studio.focusIsInEditor();
  await says((await studio.run("'first'")).getByTestId("result"), "first");
  await cellOf(other, 1).waitFor();
  await edit(page, 1);
  // What the other one writes reaches the service first.
  let free = () => {};
  const held = new Promise<void>((resolve) => (free = resolve));
  await page.route("**/document/cells/*", async (route) => {
    if (route.request().method() === "PUT") await held;
    await route.continue();
  });
  await type(page, 1, "'mine'");
  await edit(other, 1);
  await type(other, 1, "'theirs'");
  await says(other.locator(".cell-editor"), "'theirs'");
  await other.getByRole("button", { name: "Done" }).click();
  await other.locator(".cell-editor").waitFor({ state: "detached" });
  free();
  const conflict = page.locator(".cell-conflict");
  await says(conflict, "Somebody else changed this cell while you did.");
  await says(conflict, "'theirs'");
  await says(cellOf(page, 1).locator(".cm-content"), "'mine'");
  expect(await studio.barriers()).toEqual([]);
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await says(cellOf(other, 1).locator(".cell-code pre"), "'mine'");
  await other.context().close();
});

test("what depends on a changed cell turns stale, runs in order with one click, and the graph shows it", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  for (const [code, result] of [
    ["let price = 7", "undefined"],
    ["let total = price * 3", "undefined"],
    ["total", "21"],
  ] as const)
    await says((await studio.run(code)).getByTestId("result"), result);
  await edit(page, 1);
  await type(page, 1, "let price = 8");
  await page.getByRole("button", { name: "Done" }).click();
  await says(cellOf(page, 3), "Stale: something that it uses has changed.");
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  const graph = page.getByRole("region", { name: "Graph of the cells" });
  await waitFor("the graph has its cells and edges", async () => {
    expect(await graph.locator(".graph-cell").count()).toBe(3);
    expect(await graph.locator(".react-flow__edge-text").allTextContents()).toEqual(["price", "total"]);
  });
  const fillOf = (place: string) =>
    graph
      .locator(place)
      .first()
      .evaluate((element) => getComputedStyle(element).fill);
  expect(await fillOf(".react-flow__edge-text")).not.toBe(await fillOf(".react-flow__edge-textbg"));
  expect(await graph.locator(".graph-cell").allInnerTexts()).toEqual([
    expect.stringContaining("stale: changed"),
    expect.stringContaining("stale: input"),
    expect.stringContaining("stale: input"),
  ]);
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("button", { name: "Run 3 stale cells" }).click();
  await waitFor("nothing is stale", async () => expect(await graph.locator(".graph-fresh").count()).toBe(3));
  // A cell of the graph leads to the cell.
  await graph.locator(".graph-cell").nth(2).press("Enter");
  await says(cellOf(page, 3).getByTestId("result"), "24");
  await page.locator(".composer .cm-content").click();
  await studio.run("let price = 1");
  await says(cellOf(page, 4), "price is declared in more than one cell: 1 and 4");
});

test("a cell that somebody switches runs by itself after the cells that it uses, for everybody, and is marked", async () => {
  const { other } = await openWithAnother();
  await studio.focusIsInEditor();
  for (const [code, result] of [
    ["let price = 7", "undefined"],
    ["let total = price * 3", "undefined"],
    ["`total ${total}`", "total 21"],
  ] as const)
    await says((await studio.run(code)).getByTestId("result"), result);
  for (const position of [2, 3]) {
    const name = `Auto: run cell ${position} when its inputs change`;
    const isOn = async (place: Page) => await place.getByRole("switch", { name, checked: true }).waitFor();
    await page.getByRole("switch", { name, checked: false }).press("Space");
    await Promise.all([isOn(page), isOn(other)]);
    await says(cellOf(other, position), "Runs by itself when its inputs change");
  }
  await edit(other, 1);
  await type(other, 1, "let price = 8");
  await says(cellOf(page, 3), "Stale: something that it uses has changed.");
  await other.keyboard.press("Control+Enter");
  for (const place of [page, other]) await says(cellOf(place, 3).getByTestId("result"), "total 24");
  await waitFor("nothing is stale", async () => expect(await page.locator(".cell-stale").count()).toBe(0));
  await cellOf(page, 3).locator(".cell-runs summary").click();
  await waitFor("it ran once more", async () => expect(await cellOf(page, 3).locator(".cell-runs li").count()).toBe(2));
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await says(page.locator(".graph-cell").nth(2), "Runs by itself when its inputs change");
  expect(await studio.barriers()).toEqual([]);
  await other.context().close();
});

test("a run is stopped with a button, and is undone", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  await says((await studio.run("let n = 1; 'set'")).getByTestId("result"), "set");
  const cell = await studio.run("n = 2; while (true);");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await says(cell, "Somebody stopped the run");
  await says(cell, "The run was undone");
  await says((await studio.run("n")).getByTestId("result"), "1");
  await page.getByRole("button", { name: "Remove cell 2" }).click();
  await waitFor("the cell is gone", async () => expect(await page.getByTestId("cell").count()).toBe(2));
});

const shownCodes = async () => await page.getByTestId("cell").locator(".cell-body").allInnerTexts();
const press = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();

test("a text is shown with its format, nothing in it runs or is loaded, and it has a title", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  await press("+ Text");
  await page.getByLabel("Title of cell 1").fill("Plan <b>");
  await type(
    page,
    1,
    "# Sales\n\n**bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>window.hit = 1</script><img src=x onerror='window.hit = 2'>\n\n[bad](javascript:window.hit=3) ![far](https://example.com/a.png) [good](https://example.com)",
  );
  await press("Done");
  const text = cellOf(page, 1).locator(".markdown");
  await says(text.locator("strong"), "bold");
  await says(cellOf(page, 1).locator(".cell-title"), "Plan <b>");
  await says(text.getByRole("heading", { name: "Sales" }), "Sales");
  expect(await text.locator("td").allInnerTexts()).toEqual(["1", "2"]);
  expect(await text.locator("img, script").count()).toBe(0);
  expect(await text.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")))).toEqual([
    "",
    "https://example.com/a.png",
    "https://example.com",
  ]);
  expect(await page.evaluate(() => "hit" in window)).toBe(false);
  expect(await page.getByRole("button", { name: "Run cell 1" }).count()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
});

test("cells move with buttons and keys, a removed one comes back, and each tells its runs", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  for (const code of ["1", "2", "3"]) await says((await studio.run(code)).getByTestId("result"), code);
  await press("Move cell 3 up");
  await waitFor("it has moved", async () => expect(await shownCodes()).toEqual(["1", "3", "2"]));
  await cellOf(page, 2).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await waitFor("it has moved again", async () => expect(await shownCodes()).toEqual(["3", "1", "2"]));
  await press("Move cell 1 down");
  await waitFor("it is back", async () => expect(await shownCodes()).toEqual(["1", "3", "2"]));
  await press("Remove cell 2");
  await waitFor("it is gone", async () => expect(await shownCodes()).toEqual(["1", "2"]));
  await press("Undo");
  await waitFor("it is there again", async () => expect(await shownCodes()).toEqual(["1", "3", "2"]));
  await edit(page, 1);
  await type(page, 1, "null.x");
  await page.keyboard.press("Control+Enter");
  await says(cellOf(page, 1), "TypeError");
  await cellOf(page, 1).locator(".cell-runs summary").click();
  await waitFor("its runs are told", async () => {
    const runs = await cellOf(page, 1).locator(".cell-runs li").allInnerTexts();
    expect(runs).toEqual([expect.stringContaining("failed"), expect.stringMatching(/ended[^]*of earlier code/)]);
  });
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await studio.overflow()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
});

test("TypeScript runs, and a cell imports a file of the document", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  await press("+ File");
  await type(page, 1, "export const twice = (n: number): number => n * 2;");
  await press("Done");
  await says(cellOf(page, 1), "A file: other cells import it from “./util.js”.");
  await page.locator(".composer .cm-content").click();
  const cell = await studio.run("import { twice } from './util.js';\nconst n: number = 21;\ntwice(n)");
  await says(cell.getByTestId("result"), "42");
});

test("a document is saved as a file and replaced by one, which is undone; something else is refused with the reason", async () => {
  await studio.openWorkspace();
  await studio.focusIsInEditor();
  await says((await studio.run("6 * 7")).getByTestId("result"), "42");
  await page.locator(".document-file summary").click();
  const [saved] = await Promise.all([page.waitForEvent("download"), press("Save for Jupyter")]);
  expect(saved.suggestedFilename()).toBe("first-steps.ipynb");
  const file = page.getByTestId("document-file");
  const give = (name: string, text: string) =>
    file.setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await give(
    "python.ipynb",
    JSON.stringify({ nbformat: 4, metadata: { language_info: { name: "python" } }, cells: [] }),
  );
  await says(page.locator(".document-file [role=alert]"), "The file cannot be read: its code is python");
  await give("other.js", "// nexus-document: 1\n\n// %% [markdown]\n// # Hi\n\n// %%\n1 + 1\n");
  await waitFor("the cells are replaced", async () => expect(await shownCodes()).toEqual(["Hi", "1 + 1"]));
  expect(await studio.barriers()).toEqual([]);
  await press("Undo");
  await waitFor("they are back", async () => expect(await shownCodes()).toEqual(["6 * 7"]));
});

test("a run of a cell leaves the page where it is, and a run of new code shows its end", async () => {
  await studio.openWorkspace();
  await page.locator(".document-file summary").click();
  const cells = Array.from({ length: 30 }, (_, index) => `\n// %%\n${index} + 1\n`);
  const buffer = Buffer.from(`// nexus-document: 1\n${cells.join("")}`);
  await page.getByTestId("document-file").setInputFiles({ name: "long.js", mimeType: "text/plain", buffer });
  await cellOf(page, 30).waitFor();
  await page.locator(".document-file summary").click();
  await press("Run cell 2");
  await says(cellOf(page, 2).getByTestId("result"), "2");
  expect(await isInView(cellOf(page, 2))).toBe(true);
  await page.locator(".composer .cm-content").click();
  await says((await studio.run("'new'")).getByTestId("result"), "new");
  expect(await isInView(cellOf(page, 31))).toBe(true);
});

test.each([
  ["First steps", ["undefined", "undefined", "14"]],
  ["A live panel", ["undefined", "done"]],
  ["TypeScript and files", ["7.5"]],
  ["Prime numbers", ["undefined", "168"]],
  ["What stays", ["1", "1"]],
])("a newcomer opens the example %s with one click, and all of it runs", async (name, results) => {
  await studio.signUp();
  await press(name);
  const heading = page.locator(".markdown").getByRole("heading", { name });
  await waitFor("its beginning is seen", async () => expect(await isInView(heading)).toBe(true));
  await page.getByRole("button", { name: /^Run \d+ stale cells?$/ }).click();
  const shown = page.getByTestId("cell").getByTestId("result");
  await waitFor("all cells have run", async () => {
    expect(await shown.allInnerTexts()).toEqual(results.map((result) => expect.stringContaining(result) as string));
  });
  expect(await page.getByRole("button", { name: /^Run \d+ stale cells?$/ }).count()).toBe(0);
});
