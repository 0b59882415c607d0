import { readFileSync } from "node:fs";
import type { LookupFunction } from "node:net";
import type { Role } from "@nexus/contract";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { launchBrowser } from "../../../tests/support/browser";
import { waitFor } from "@nexus/testkit/server-process";
import { type OwnCluster, type Settings, startStudioWorld, type StudioWorld } from "./studio-world";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What depends on the theme. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

export const PASSWORD = "correct horse battery staple";

/** A browser, and a studio with its services that the tests of a file share; each test has its own page and people. */
export class Studio {
  world!: StudioWorld;
  context!: BrowserContext;
  page!: Page;
  private browser!: Browser;
  private complaints: string[] = [];
  private people = 0;

  /** @param lookup of the API servers of clusters */
  constructor(settings?: Settings, lookup?: LookupFunction, ownCluster?: OwnCluster) {
    beforeAll(async () => {
      [this.world, this.browser] = await Promise.all([startStudioWorld(settings, lookup, ownCluster), launchBrowser()]);
    }, 120_000);
    afterAll(async () => {
      await this.browser?.close();
      await this.world?.stop();
    });
    beforeEach(async () => {
      this.context = await this.browser.newContext({ viewport: { width: 1280, height: 800 } });
      this.context.setDefaultTimeout(20_000);
      this.page = await this.context.newPage();
      this.complaints = [];
      this.page.on("pageerror", (error) => this.complaints.push(error.message));
      this.page.on("console", (message) => {
        if (/Content Security Policy|React/.test(message.text())) this.complaints.push(message.text());
      });
    });
    afterEach(async () => {
      await this.context.close();
      expect(this.complaints).toEqual([]);
    });
  }

  async signUp(): Promise<string> {
    const email = await this.askForAccount();
    await this.page.getByText("No workspaces yet").waitFor();
    return email;
  }

  /** Fills in and sends the form of the sign-up. */
  async askForAccount(email = this.newEmail()): Promise<string> {
    const { page, world } = this;
    await page.goto(`${world.url}/signup`);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    return email;
  }

  private newEmail(): string {
    this.people += 1;
    return `person-${this.people}@example.com`;
  }

  async logIn(email: string): Promise<void> {
    const { page } = this;
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
  }

  async createWorkspace(name: string): Promise<void> {
    const { page } = this;
    await page.getByRole("button", { name: "New workspace" }).click();
    await page.getByLabel("Workspace name").fill(name);
    await page.keyboard.press("Enter");
    await page.getByText("Nothing has run yet").waitFor();
  }

  /** A new person in a new workspace. */
  async openWorkspace(): Promise<string> {
    const email = await this.signUp();
    await this.createWorkspace("first steps");
    return email;
  }

  async focusIsInEditor(): Promise<void> {
    await waitFor("the focus is in the editor", async () => {
      expect(await this.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("editor");
    });
  }

  /** Replaces what is in the editor, with the keyboard only. */
  async write(code: string): Promise<void> {
    const { keyboard } = this.page;
    await this.focusIsInEditor();
    await keyboard.press("ControlOrMeta+a");
    // Over coloured text the browser itself would apply a style, which the content security policy refuses.
    await keyboard.press("Backspace");
    await keyboard.insertText(code);
  }

  /** Writes code and runs it, with the keyboard only. */
  async submit(code: string): Promise<void> {
    await this.write(code);
    await this.page.keyboard.press("Control+Enter");
  }

  /** @returns the element that shows the run */
  async run(code: string): Promise<Locator> {
    const cells = this.page.getByTestId("cell");
    const cell = cells.nth(await cells.count());
    await this.submit(code);
    await cell.waitFor();
    return cell;
  }

  /** Number of pixels by which the page is wider than its window. */
  async overflow(): Promise<number> {
    return await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** The accessibility problems that axe finds on the page in both themes, with their elements. */
  async barriers(page = this.page): Promise<string[]> {
    const found: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // The page of the studio allows no foreign script; the debugger's protocol does.
      if (await page.evaluate(() => !("axe" in window))) await page.evaluate(AXE);
      // All other rules find the same in both themes.
      const rules = colorScheme === "light" ? {} : { runOnly: { type: "rule" as const, values: COLOUR_RULES } };
      const violations = await page.evaluate(async (more: RunOptions) => {
        // Colours fade when the theme changes.
        const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
        await Promise.allSettled(fading.map(({ finished }) => finished));
        // What has passed may be thousands of elements.
        const { axe } = window as unknown as { axe: { run: (options: RunOptions) => Promise<AxeResults> } };
        return (await axe.run({ resultTypes: ["violations"], ...more })).violations;
      }, rules);
      const serious = violations.filter(
        ({ id, impact }) => impact === "serious" || impact === "critical" || id === "page-has-heading-one",
      );
      for (const { id, nodes } of serious)
        found.push(...nodes.map(({ html }) => `${id}, ${colorScheme}: ${html.slice(0, 120)}`));
    }
    return found;
  }

  /** What keeps somebody out of the page as it is: in a large window, on a phone, and with 200 % zoom. */
  async faults(what: string): Promise<string[]> {
    const found: string[] = [];
    for (const [width, height] of [
      [1280, 800],
      [390, 780],
      [640, 400],
    ] as const) {
      await this.page.setViewportSize({ width, height });
      const pixels = await this.overflow();
      if (pixels !== 0) found.push(`${what}, ${width} wide: wider than its window by ${pixels}`);
      if (width !== 640) found.push(...(await this.barriers()).map((barrier) => `${what}, ${width} wide: ${barrier}`));
    }
    await this.page.setViewportSize({ width: 1280, height: 800 });
    return found;
  }

  /** A second browser, with another person in it. */
  async elsewhere(): Promise<Page> {
    const context = await this.browser.newContext();
    context.setDefaultTimeout(20_000);
    return await context.newPage();
  }

  /** Somebody who joins the tenant of the page, in a browser of their own; the page then shows the members. */
  async join(role: Role): Promise<{ readonly page: Page; readonly email: string }> {
    this.people += 1;
    const email = `${role}-${this.people}@example.com`;
    await this.page.goto(`${this.world.url}/members`);
    await this.page.getByLabel("Role", { exact: true }).selectOption(role);
    await this.page.getByRole("button", { name: "Invite", exact: true }).click();
    const link = await this.page.locator(".invitation-link code").innerText();
    const page = await this.elsewhere();
    await page.goto(link);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account and join" }).click();
    await page.getByRole("heading", { name: "Workspaces", exact: true }).waitFor();
    return { page, email };
  }

  /** Calls the API for the open workspace, with the page's own session. */
  async call(method: "POST" | "DELETE", action: string, body?: object): Promise<void> {
    const { page, world } = this;
    const token = page.waitForRequest((sent) => sent.headers().authorization !== undefined, { timeout: 20_000 });
    // The page loads the workspace again.
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    const { authorization = "" } = (await token).headers();
    const url = `${world.url}/api/v1/workspaces/${String(page.url().split("/").at(-1))}${action}`;
    const answer = await this.context.request.fetch(url, { method, headers: { authorization }, data: body });
    expect(answer.ok()).toBe(true);
  }
}

/** @throws Error with what is there instead, if the text does not come */
export async function says(place: Locator, text: string | RegExp): Promise<void> {
  try {
    await place.filter({ hasText: text }).waitFor({ timeout: 20_000 });
  } catch (cause) {
    throw new Error(`${String(place)} says: ${(await place.allInnerTexts()).join(" | ")}`, { cause });
  }
}

/** Whether it is completely in the window and nothing covers it. */
export const isSeen = (place: Locator) =>
  place.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const isHit = (y: number) => element.contains(document.elementFromPoint((left + right) / 2, y));
    return isHit(top + 2) && isHit(bottom - 2);
  });
