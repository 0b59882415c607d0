import { waitFor } from "@nexus/testkit/server-process";
import type { Page } from "playwright-core";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

const MOST_TABS = 60;

interface Focus {
  /** For screen readers; the tag where there is none. */
  readonly name: string;
  /** What is wrong with how the focus is shown; empty where a person sees it. */
  readonly wrong: string;
}

/** Where the focus is, and whether a person sees it: a line around the element, which is in the window and not covered. */
const focus = (): Promise<Focus> =>
  page.evaluate(() => {
    const host = document.activeElement as HTMLElement;
    if (host === document.body) return { name: "BODY", wrong: "nowhere" };
    const element = (host.shadowRoot?.activeElement ?? host) as HTMLElement;
    const [label] = "labels" in element ? ((element as HTMLInputElement).labels ?? []) : [];
    const text = label?.innerText.split("\n")[0] ?? element.innerText.replace("+\n", "").trim();
    const name = element.getAttribute("aria-label") ?? (text || element.tagName);
    const framed = [element, host.closest(".composer")].some((each) => {
      if (!each) return false;
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(each);
      return outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !/, 0\)$/.test(outlineColor);
    });
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    const isIn = top >= 0 && left >= 0 && top < innerHeight && right <= innerWidth + 1 && width > 0 && height > 0;
    const hit = document.elementFromPoint((left + right) / 2, (top + Math.min(bottom, innerHeight)) / 2);
    const isFree = hit !== null && (host.contains(hit) || hit.contains(host));
    const wrong = [!framed && "no line around it", !isIn && "not in the window", !isFree && "covered"];
    return { name, wrong: wrong.filter(Boolean).join(", ") };
  });

/** Waits until the element of this name has the focus, and a person sees that. */
const focusIsOn = (name: string) =>
  waitFor(`the focus is on ${name}`, async () => expect(await focus()).toEqual({ name, wrong: "" }), 20_000);

/** Presses Tab until the element of this name has the focus; every element on the way shows that it has it. */
async function tabTo(name: string): Promise<void> {
  const passed: Focus[] = [];
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await focus();
    // From the end of the page the focus goes to the browser itself, and then to the top.
    if (now.name !== "BODY" && now.wrong !== "") throw new Error(`${now.name}: ${now.wrong}`);
    if (now.name === name) return;
    passed.push(now);
  }
  throw new Error(`the keyboard does not reach ${name}, only ${passed.map((each) => each.name).join(" | ")}`);
}

async function write(name: string, text: string): Promise<void> {
  await tabTo(name);
  await page.keyboard.type(text);
}

const press = async (name: string, key = "Enter") => {
  await tabTo(name);
  await page.keyboard.press(key);
};

test("the main path by the keyboard alone, and the focus is always seen: sign-up, workspace, run, member, role, key, log-out", async () => {
  await page.goto(`${studio.world.url}/login`);
  await focusIsOn("Email");
  await press("Create an account");
  await focusIsOn("Email");
  await page.keyboard.type("keyboard@example.com");
  await write("Password", PASSWORD);
  await page.keyboard.press("Enter");

  await page.getByText("No workspaces yet").waitFor();
  await press("New workspace");
  await focusIsOn("Workspace name");
  await page.keyboard.type("keys only");
  await page.keyboard.press("Enter");
  await focusIsOn("Code");
  await page.keyboard.type("6 * 7");
  await page.keyboard.press("Control+Enter");
  await says(page.getByTestId("result"), "42");
  await focusIsOn("Code");
  await page.keyboard.press("Escape");
  await tabTo("Members");
  await page.keyboard.press("Enter");
  await page.getByTestId("member").waitFor();
  await tabTo("Role");
  await page.keyboard.press("v");
  await press("Invite");
  const link = await page.locator(".invitation-link code").innerText();

  const other = await studio.elsewhere();
  await other.goto(link);
  await other.getByLabel("Email").fill("invited@example.com");
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByRole("button", { name: "Create account and join" }).click();
  await other.getByTitle("invited@example.com, viewer").waitFor();
  // The page loads its members again.
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await page.getByTestId("member").nth(1).waitFor();
  await tabTo("Role of invited@example.com");
  await page.keyboard.press("a");
  await waitFor("the new role is felt", async () => {
    await other.evaluate(() => window.dispatchEvent(new Event("online")));
    expect(await other.getByTitle("invited@example.com, admin").count()).toBe(1);
  });
  await other.context().close();
  await focusIsOn("Role of invited@example.com");

  await press("API keys");
  await focusIsOn("API keys");
  await write("Name", "nightly");
  await press("plan.read", "Space");
  await press("Make key");
  await says(page.getByTestId("key"), "workspaces.read, plan.read");
  await tabTo("Copy: API key");
  await press("Revoke nightly");
  await focusIsOn("Cancel");
  await press("Revoke key");
  await page.getByTestId("key").waitFor({ state: "detached" });
  await focusIsOn("Keys");

  await press("Log out");
  await focusIsOn("Email");
}, 120_000);
