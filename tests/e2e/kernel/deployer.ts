import type { Locator, Page } from "playwright-core";
import { pictureOf } from "../pictures";
import { studioUrl } from "./deployment";
import { SERVICES, shop, TOKEN } from "./shop";

const MINUTE = 60_000;
/** The cluster that the platform itself runs in. */
const CLUSTER = "This cluster";

/** A page of somebody who deploys. */
export class Deployer {
  public constructor(private readonly page: Page) {}

  private get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  private press(name: string): Promise<void> {
    return this.dialog.getByRole("button", { name, exact: true }).click();
  }

  private async show(path: string): Promise<void> {
    await this.page.goto(String(await studioUrl(path)));
  }

  private async next(...steps: readonly string[]): Promise<void> {
    for (const name of steps) {
      await this.press("Next");
      await this.dialog.getByRole("heading", { level: 3, name, exact: true }).waitFor();
    }
  }

  /** Until each of these workloads runs. */
  private async ready(place: Locator | Page, ...names: readonly string[]): Promise<void> {
    for (const name of names)
      await place
        .getByTestId("workload")
        .filter({ hasText: name })
        .filter({ has: this.page.locator(".badge-ready") })
        .waitFor({ timeout: 2 * MINUTE });
  }

  private async deploy(): Promise<void> {
    await this.press("Deploy");
    await this.dialog.locator(".badge-applied, .badge-failed").waitFor();
    expect(await this.dialog.getByTestId("progress").innerText()).toContain("Applied");
  }

  public async signUp(): Promise<void> {
    await this.show("/signup");
    await this.page.getByLabel("Email").fill(`dora-${Date.now()}@example.com`);
    await this.page.getByLabel("Password").fill("correct horse battery staple");
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.getByText("No workspaces yet").waitFor();
    await this.show("/clusters");
    await this.page.getByTestId("cluster").filter({ hasText: "Connected" }).waitFor();
  }

  /** Deploys a project of the catalogue until it runs. */
  public async deployKnown(name: string, workloads: readonly string[], secret?: readonly [string, string]) {
    await this.show("/deployments");
    await this.page.getByRole("button", { name: "Deploy a project" }).click();
    await this.dialog.getByLabel("Begin with").selectOption({ label: name });
    if (secret) {
      await this.press("Next");
      await this.dialog.getByLabel(secret[0]).fill(secret[1]);
    }
    await this.next("Services", "Variables", "Review");
    await this.deploy();
    await this.ready(this.dialog, ...workloads);
  }

  /** Finds these databases and no others. @param more namespace beside the one that the page offers */
  public async scan(cluster: string, databases: readonly string[], more?: string): Promise<void> {
    await this.show("/clusters");
    await this.page.getByRole("button", { name: `Scan ${cluster}` }).click();
    if (more !== undefined) {
      const field = this.dialog.getByLabel("Namespaces");
      await field.fill(`${await field.inputValue()}, ${more}`);
    }
    await this.press("Scan");
    const said = `The scan is done: ${databases.length} databases found`;
    await this.dialog.getByRole("status").filter({ hasText: said }).waitFor();
    for (const found of databases)
      await this.dialog.getByTestId("finding").filter({ hasText: found }).first().waitFor();
    await pictureOf(this.page, more === undefined ? "scan" : "scan-of-both");
    await this.page.keyboard.press("Escape");
  }

  /**
   * Adds a cluster with the account that the page offers.
   * @param make follows the page's two steps, and returns the kubeconfig that the second one prints
   */
  public async addCluster(
    name: string,
    namespaces: readonly string[],
    make: (manifest: string, commands: string) => Promise<string>,
  ): Promise<void> {
    await this.show("/clusters");
    await this.page.getByText("Make an account for it", { exact: true }).click();
    await this.page.getByLabel("Namespaces it may use").fill(namespaces.join(", "));
    await this.page.getByRole("button", { name: "Show account" }).click();
    const shown = (what: string) => this.page.getByRole("textbox", { name: what, exact: true }).innerText();
    const kubeconfig = await make(await shown("YAML of the account"), await shown("Commands for the kubeconfig"));
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByLabel("Kubeconfig", { exact: true }).fill(kubeconfig);
    await this.page.getByRole("button", { name: "Add cluster" }).click();
    await this.page.getByTestId("cluster").filter({ hasText: name }).filter({ hasText: "Connected" }).waitFor();
    await pictureOf(this.page, "clusters");
  }

  /** Deploys the shop to this cluster and to another one, which greets in its own way, until it runs in both. */
  public async deployToBoth(other: string, namespace: string, greeting: string): Promise<void> {
    await this.show("/clusters");
    await this.page.getByRole("button", { name: `Deploy to ${CLUSTER}` }).click();
    await this.dialog.getByLabel("Name of the project").fill("Shop");
    await this.dialog.getByLabel("Content").fill(shop());
    await this.press("Add a target");
    await this.dialog.getByLabel("Cluster of target 2").selectOption(other);
    await this.dialog.getByLabel(/namespace of target 2/i).fill(namespace);
    await this.press("Next");
    await this.dialog.getByLabel("API_TOKEN").fill(TOKEN);
    await this.next("Services", "Variables");
    await this.dialog.getByLabel("Values for").selectOption(`${other} / ${namespace}`);
    await this.dialog.getByLabel("Value of GREETING").fill(greeting);
    await this.next("Review");
    await this.press("Deploy");
    for (const target of [0, 1])
      await this.dialog.getByTestId("target").nth(target).filter({ hasText: "Applied" }).waitFor();
    await this.press("Open the deployments");
    for (const place of [CLUSTER, other]) {
      await this.page.getByTestId("deployment").filter({ hasText: place }).getByRole("link").first().click();
      await this.ready(this.page, ...SERVICES);
      await this.page.getByRole("button", { name: /Log of greeter/ }).click();
      await this.dialog.getByTestId("log").filter({ hasText: "hello" }).waitFor();
      await this.page.keyboard.press("Escape");
      await this.page.getByRole("link", { name: "All deployments" }).click();
    }
  }

  /** Pastes a project, and gives it the address that the scan found. */
  public async deployShop(): Promise<void> {
    await this.page.getByRole("button", { name: `Deploy to ${CLUSTER}` }).click();
    await this.dialog.getByLabel("Name of the project").fill("Shop");
    await this.dialog.getByLabel("Content").fill(shop());
    await this.press("Next");
    await this.dialog.getByLabel("API_TOKEN").fill(TOKEN);
    await this.next("Services", "Variables");
    await this.dialog.getByRole("button", { name: "Use what the scan found for REDIS_URL" }).first().click();
    await pictureOf(this.page, "variables");
    await this.next("Review");
    await pictureOf(this.page, "review");
    await this.deploy();
    await this.ready(this.dialog, ...SERVICES);
    await pictureOf(this.page, "rollout");
    await this.press("Open the deployment");
    await this.page.getByRole("button", { name: /Log of asker/ }).click();
    await this.dialog
      .getByTestId("log")
      .filter({ hasText: /PONG[\s\S]*PONG/ })
      .waitFor();
    await this.page.keyboard.press("Escape");
  }

  /** A change with an image that nobody has is seen as that; going back brings the variables back, too. */
  public async changeAndRollBack(): Promise<void> {
    await this.page.getByRole("button", { name: "Change and deploy" }).click();
    await this.dialog.getByTestId("file").waitFor();
    await this.dialog.getByLabel("Content").fill(shop("docker.io/library/busybox:9.99-nothing"));
    await this.next("Services", "Variables");
    await this.dialog.getByLabel("Value of GREETING").fill("good night");
    await this.next("Review");
    await this.deploy();
    await this.press("Open the deployment");
    const problem = this.page.getByTestId("problem").filter({ hasText: /front.*(ImagePullBackOff|ErrImagePull)/s });
    await problem.first().waitFor({ timeout: 2 * MINUTE });
    await pictureOf(this.page, "problem");
    await this.page.getByRole("button", { name: "Roll back to revision 1" }).click();
    await this.press("Roll back");
    await this.page
      .getByTestId("progress")
      .filter({ hasText: /Applied[\s\S]*Revision 3/ })
      .waitFor();
    await this.ready(this.page, "front");
    await problem.first().waitFor({ state: "detached" });
  }

  public async removeAll(names: readonly string[]): Promise<void> {
    await this.show("/deployments");
    await this.page
      .getByTestId("deployment")
      .nth(names.length - 1)
      .waitFor();
    await pictureOf(this.page, "deployments");
    for (const name of names) {
      await this.page.getByRole("link", { name, exact: true }).first().click();
      await this.page.getByRole("button", { name: "Delete", exact: true }).click();
      await this.dialog.getByTestId("goes").waitFor();
      // Volumes, and the other places of the project.
      for (const more of await this.dialog.getByRole("checkbox").all()) await more.check();
      await this.press("Delete deployment");
      await this.page.getByTestId("gone").waitFor();
      await this.page.getByRole("link", { name: "All deployments" }).click();
    }
    await this.page.getByTestId("no-deployments").waitFor();
  }
}
