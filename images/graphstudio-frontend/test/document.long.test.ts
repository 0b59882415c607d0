import { waitFor } from "@nexus/testkit/server-process";
import type { Page } from "playwright-core";
import { says, Studio } from "./studio";

const studio = new Studio();
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
