import { thirdPartyImages } from "@nexus/contract";
import { waitFor } from "@nexus/host";
import type { Locator, Page } from "playwright-core";
import { launchBrowser } from "../../support/browser";
import { list } from "../platform";
import { pictureOf } from "../pictures";
import { NAMESPACE, studioUrl } from "./deployment";

const MINUTE = 60_000;
const CLUSTER = "This cluster";
/** The first tenant that deploys gets the first of the stack's namespaces for tenants. */
const OWN = `${NAMESPACE}-apps-1`;
/** What may be left in it: claims are tested, objects of Kubernetes itself are not. */
const KINDS = "deployments,statefulsets,jobs,services,configmaps,secrets,persistentvolumeclaims,ingresses,pods";
const TOKEN = "t0p-s3cr3t-token-of-the-shop";

const { busybox, redis } = thirdPartyImages;
/** Little, because all suites share the node. */
const LITTLE = `deploy: { resources: { reservations: { cpus: "0.01", memory: 16M } } }`;
const program = (name: string, command: string, more = "") => `  ${name}:
    image: ${busybox.name}
    user: "1000"
    command: ["sh", "-c", ${JSON.stringify(command)}]
    ${LITTLE}
${more}`;

/** Five services, one of which talks to a Redis that somebody else has. @param image of the front */
const shop = (image: string) => `services:
  front:
    image: ${image}
    user: "1000"
    command: ["httpd", "-f", "-p", "8080", "-h", "/tmp"]
    ports: ["8080:8080"]
    ${LITTLE}
    environment:
      GREETING: \${GREETING:-good day}
      API_TOKEN: \${API_TOKEN:?give a token}
  queue:
    image: ${redis.name}
    expose: ["6380"]
    command: ["redis-server", "--port", "6380"]
    ${LITTLE}
${program(
  "asker",
  `h=$\${REDIS_URL#redis://}; while sleep 1; do (echo PING; sleep 1) | nc $\${h%:*} $\${h#*:}; done`,
  "    environment:\n      REDIS_URL: ${REDIS_URL:-redis://localhost:6379}\n",
)}${program("clock", "while sleep 1; do date; done")}${program("greeter", "while sleep 1; do echo hello; done")}`;

/** A page of somebody who deploys. */
class Deployer {
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

  /** Finds both databases that were deployed before. */
  public async scan(): Promise<void> {
    await this.show("/clusters");
    await this.page.getByRole("button", { name: `Scan ${CLUSTER}` }).click();
    await this.press("Scan");
    await this.dialog.getByRole("status").filter({ hasText: "The scan is done: 2 databases found" }).waitFor();
    for (const found of ["PostgreSQL", "Redis"])
      await this.dialog.getByTestId("finding").filter({ hasText: found }).first().waitFor();
    await pictureOf(this.page, "scan");
    await this.page.keyboard.press("Escape");
  }

  /** Pastes a project, and gives it the address that the scan found. */
  public async deployShop(): Promise<void> {
    await this.page.getByRole("button", { name: `Deploy to ${CLUSTER}` }).click();
    await this.dialog.getByLabel("Name of the project").fill("Shop");
    await this.dialog.getByLabel("Content").fill(shop(busybox.name));
    await this.press("Next");
    await this.dialog.getByLabel("API_TOKEN").fill(TOKEN);
    await this.next("Services", "Variables");
    await this.dialog.getByRole("button", { name: "Use what the scan found for REDIS_URL" }).first().click();
    await pictureOf(this.page, "variables");
    await this.next("Review");
    await pictureOf(this.page, "review");
    await this.deploy();
    await this.ready(this.dialog, "front", "queue", "asker", "clock", "greeter");
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
      await this.page.getByRole("link", { name, exact: true }).click();
      await this.page.getByRole("button", { name: "Delete", exact: true }).click();
      await this.dialog.getByTestId("goes").waitFor();
      const volumes = this.dialog.getByRole("checkbox");
      if ((await volumes.count()) > 0) await volumes.check();
      await this.press("Delete deployment");
      await this.page.getByTestId("gone").waitFor();
      await this.page.getByRole("link", { name: "All deployments" }).click();
    }
    await this.page.getByTestId("no-deployments").waitFor();
  }
}

/** Objects in the tenant's namespace. */
const objects = async () => (await list(OWN, KINDS)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();

/** The values of a variable of the shop. */
const greetings = async () =>
  (await list<{ data?: Record<string, string> }>(OWN, "configmaps")).flatMap(({ data = {} }) => data.GREETING ?? []);

/** Somebody deploys projects to the cluster that the platform itself runs in, in the browser. */
export function deployTests(): void {
  test(
    "E1 E5 E14 E24: the projects of the catalogue run, a scan finds their databases for another project, a bad image is named and rolled back, and nothing is left",
    async () => {
      const browser = await launchBrowser();
      try {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
        context.setDefaultTimeout(MINUTE);
        const deployer = new Deployer(await context.newPage());
        const before = await objects();
        await deployer.signUp();
        await deployer.deployKnown("Web site", ["site"]);
        await deployer.deployKnown("Web site with a cache", ["web", "cache"]);
        await deployer.deployKnown("Database with a client", ["postgres", "client"], ["POSTGRES_PASSWORD", TOKEN]);
        await deployer.scan();
        await deployer.deployShop();
        expect(await greetings()).toEqual(["good day"]);
        await deployer.changeAndRollBack();
        expect(await greetings()).toEqual(["good day"]);
        await deployer.removeAll(["Shop", "Database with a client", "Web site with a cache", "Web site"]);
        // Pods and volumes end some seconds after what they belong to.
        await waitFor("An empty namespace", 60, async () => {
          const left = (await objects()).filter((one) => !before.includes(one));
          if (left.length > 0) throw new Error(left.join());
          return true;
        });
      } finally {
        await browser.close();
      }
    },
    8 * MINUTE,
  );
}
