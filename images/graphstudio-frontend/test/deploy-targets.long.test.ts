import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApiServer } from "@nexus/testkit/api-server";
import { waitFor } from "@nexus/testkit/server-process";
import type { Locator, Page } from "playwright-core";
import { here } from "../../graphstudio-backend/test/cluster-world";
import { says, Studio } from "./studio";

const starting = startApiServer();
const folder = mkdtemp(join(tmpdir(), "nexus-own-"));
const studio = new Studio(
  async () => ({ CLUSTER_PORTS: String((await starting).port) }),
  here,
  async () => {
    const { url, adminToken, authority } = await starting;
    await writeFile(join(await folder, "token"), adminToken);
    await writeFile(join(await folder, "ca.crt"), authority);
    return { tenants: ["all"], folder: await folder, server: url, namespaces: ["nexus-apps-1", "nexus-apps-2"] };
  },
);
let page: Page;
afterAll(async () => {
  await (await starting).stop();
  await rm(await folder, { recursive: true });
});
beforeEach(() => ({ page } = studio));

const dialog = (): Locator => page.getByRole("dialog");
const press = (name: string) => dialog().getByRole("button", { name, exact: true }).press("Enter");
const stepIs = (name: string) => dialog().getByRole("heading", { level: 3, name, exact: true }).waitFor();
const count = (place: Locator, number: number) =>
  waitFor(`there are ${number}`, async () => expect(await place.count()).toBe(number));
const goTo = async (step: string) => {
  await press("Next");
  await stepIs(step);
};
const web = `services:
  web:
    image: nginx:1.29
    ports: ["80:8080"]
    environment: { MODE: fast, API_TOKEN: "\${API_TOKEN:-}" }
`;

/** The same with a database, whose volume is made for its pod. */
const shop = `${web}  database:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: "\${API_TOKEN:-}" }
    volumes: ["data:/var/lib/postgresql/data"]
volumes: { data: }
`;

/** Somebody new on the page of clusters. */
async function onClusters(): Promise<void> {
  await studio.signUp();
  await page.goto(`${studio.world.url}/clusters`);
  await page.getByTestId("cluster").first().waitFor();
}

async function addCluster(name: string, token: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Kubeconfig", { exact: true }).fill((await starting).kubeconfig(token));
  await page.getByRole("button", { name: "Add cluster" }).click();
  await page.getByTestId("cluster").filter({ hasText: name }).waitFor();
}

test("a project goes to this cluster from its card, into the namespace of the tenant, and from there under Pulumi", async () => {
  await onClusters();
  const card = page.getByTestId("cluster");
  await says(card, /This cluster.*Connected.*none until the first deployment/s);
  await page.getByRole("button", { name: "Scan This cluster" }).click();
  await says(dialog(), /Deploy a project that has a database.*hold the data of all tenants/s);
  await count(dialog().getByRole("button", { name: "Scan", exact: true }), 0);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Deploy to This cluster" }).press("Enter");
  await says(dialog().getByTestId("target"), "The tenant gets a namespace of its own there");
  await count(dialog().getByLabel("Namespace"), 0);
  await dialog().getByLabel("Name of the project").fill("Shop");
  await dialog().getByLabel("Content").fill(shop);
  await goTo("Services");
  await goTo("Variables");
  await dialog().getByLabel("Value of API_TOKEN", { exact: true }).fill("s3cr3t-of-the-shop");
  await goTo("Review");
  await says(dialog(), "this makes revision 1");
  await press("Deploy");
  await says(dialog().getByTestId("progress"), "Applied");
  await press("Open the deployment");
  await says(page.locator("main"), "In This cluster, namespace nexus-apps-1");

  await page.getByRole("button", { name: "Export for Pulumi" }).press("Enter");
  await says(dialog().getByRole("textbox", { name: "Entry of nexus:compose" }), /shop:.*compose\/shop\/compose.yaml/s);
  const commands = dialog().getByRole("textbox", { name: "Commands for the secrets" });
  await says(commands, "nexus:composeSecrets.shop.API_TOKEN");
  expect(await dialog().innerText()).not.toContain("s3cr3t-of-the-shop");
  expect(await studio.faults("export")).toEqual([]);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Change and deploy" }).click();
  await says(dialog().getByTestId("target"), "namespace nexus-apps-1, which is this tenant");
  await goTo("Services");
  await goTo("Variables");
  await goTo("Review");
  await says(dialog(), "This makes revision 2");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Clusters" }).click();
  await page.getByRole("button", { name: "Scan This cluster" }).click();
  await says(dialog(), "in the namespace nexus-apps-1");
  await press("Scan");
  await says(dialog().getByRole("status"), "The scan is done: 0 databases found");
  await says(dialog().getByTestId("finding"), /PostgreSQL.*nexus-apps-1\/database.*Not confirmed/s);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Deployments" }).click();
  await page.getByRole("link", { name: "Shop" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog()
    .getByLabel(/Delete volumes too.*database/s)
    .check();
  await press("Delete deployment");
  await page.getByTestId("gone").waitFor();
}, 120_000);

test("E28: a project goes to several places with values of their own; one that fails is told, and all are deleted together", async () => {
  const wrong: string[] = [];
  const measure = async (what: string) => void wrong.push(...(await studio.faults(what)));
  await onClusters();
  const { adminToken, userToken } = await starting;
  await addCluster("Production", adminToken);
  await addCluster("Weak", userToken);
  await page.getByRole("button", { name: "Deploy to Production" }).click();
  await dialog().getByLabel("Name of the project").fill("Many");
  await dialog().getByLabel("Namespace").fill("many-a");
  await dialog().getByLabel("Content").fill(web);
  for (let more = 0; more < 2; more += 1) await press("Add a target");
  await dialog().getByLabel("Cluster of target 2").selectOption("Production");
  await dialog().getByLabel("Other namespace of target 2").fill("many-b");
  await dialog().getByLabel("Cluster of target 3").selectOption("Weak");
  expect(await dialog().getByLabel("One after another").isChecked()).toBe(true);
  await measure("targets");
  await goTo("Services");
  await goTo("Variables");
  await dialog().getByLabel("Values for").selectOption("Production / many-b");
  await dialog().getByLabel("Value of MODE").fill("slow");
  await dialog().getByLabel("Values for").selectOption("all targets");
  await says(dialog().getByTestId("variable").first(), "Another value for Production / many-b");
  await measure("variables of targets");
  await goTo("Review");
  await says(dialog().getByRole("alert"), "The cluster will refuse");
  await count(dialog().getByTestId("target"), 3);
  await measure("review of targets");
  await press("Deploy");
  const target = (index: number) => dialog().getByTestId("target").nth(index);
  await says(target(0), /In Production, namespace many-a.*Applied/s);
  await says(target(1), /In Production, namespace many-b.*Applied/s);
  await says(target(2), /In Weak, namespace many-a.*Failed/s);
  await measure("rollout of targets");
  await press("Open the deployments");

  const there = page.getByTestId("deployment");
  await count(there, 3);
  await there.filter({ hasText: "many-b" }).getByRole("link").click();
  await page.getByRole("button", { name: "Change and deploy" }).click();
  const isGoing = (number: number) => dialog().getByLabel(`Deploy to target ${number} now`).isChecked();
  await dialog().getByLabel("Deploy to target 2 now").waitFor();
  expect(await Promise.all([1, 2, 3].map(isGoing))).toEqual([false, true, false]);
  await goTo("Services");
  await goTo("Variables");
  expect(await dialog().getByLabel("Value of MODE").inputValue()).toBe("slow");
  await goTo("Review");
  await says(dialog(), "Nothing in the cluster would change");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog().getByLabel("Production / many-a").check();
  await measure("delete in several places");
  await press("Delete deployment");
  await page.getByTestId("gone").waitFor();
  await page.getByRole("link", { name: "All deployments" }).click();
  await count(there, 1);
  await says(there, "Weak / many-a");
  expect(wrong).toEqual([]);
}, 240_000);
