import { ApiTransport, type ClusterObject, ObjectClient, readKubeconfig } from "@nexus/clusters";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { waitFor } from "@nexus/testkit/server-process";
import type { Locator, Page } from "playwright-core";
import { here } from "../../graphstudio-backend/test/cluster-world";
import { failing } from "./failing-rollout";
import { says, Studio } from "./studio";

const SECRET = "s3cr3t-of-the-studio-test";
let server: TestApiServer;
let transport: ApiTransport;
let admin: ObjectClient;
const starting = startApiServer();
const studio = new Studio(async () => ({ CLUSTER_PORTS: String((await starting).port) }), here);
let page: Page;
beforeAll(async () => {
  server = await starting;
  const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
  const credential = readKubeconfig(server.kubeconfig(server.adminToken));
  transport = new ApiTransport(credential, { rules, lookup: here, timeoutMs: 10_000, maxAnswerBytes: 4_000_000 });
  admin = new ObjectClient(transport, "test");
}, 120_000);
afterAll(async () => {
  await transport?.close();
  await (await starting).stop();
});
beforeEach(() => ({ page } = studio));

const object = (kind: string, namespace: string, name: string): Promise<ClusterObject | undefined> =>
  admin.get({ apiVersion: kind === "Deployment" ? "apps/v1" : "v1", kind, namespace, name });
const replicasOf = async (namespace: string, name: string) =>
  ((await object("Deployment", namespace, name))?.spec as { replicas?: number } | undefined)?.replicas;

/** Somebody new with a cluster, on the page of deployments. */
async function withCluster(): Promise<void> {
  await studio.signUp();
  await page.goto(`${studio.world.url}/clusters`);
  await page.getByLabel("Name", { exact: true }).fill("Production");
  await page.getByLabel("Kubeconfig", { exact: true }).fill(server.kubeconfig(server.adminToken));
  await page.getByRole("button", { name: "Add cluster" }).click();
  await says(page.getByTestId("cluster"), "Connected");
  await page.goto(`${studio.world.url}/deployments`);
  await page.getByTestId("no-deployments").waitFor();
}

const dialog = (): Locator => page.getByRole("dialog");
const press = (name: string) => dialog().getByRole("button", { name, exact: true }).press("Enter");
const stepIs = (name: string) => dialog().getByRole("heading", { level: 3, name, exact: true }).waitFor();
const count = (place: Locator, number: number) =>
  waitFor(`there are ${number}`, async () => expect(await place.count()).toBe(number));

/** Deploys a project of one service, and closes the dialog. */
async function deployWeb(namespace: string, image = "nginx:1.29"): Promise<void> {
  await page.getByRole("button", { name: "Deploy a project" }).click();
  await dialog().getByLabel("Name of the project").fill("Shop");
  await dialog().getByLabel("Namespace").fill(namespace);
  const text = `services:\n  web:\n    image: ${image}\n    ports: ["80:8080"]\n    environment: { MODE: fast }\n`;
  await dialog().getByLabel("Content").fill(text);
  for (const step of ["Services", "Variables", "Review"]) {
    await press("Next");
    await stepIs(step);
  }
  await press("Deploy");
  await says(dialog().getByTestId("progress"), "Applied");
  await press("Open the deployment");
  await says(page.getByTestId("progress"), "Applied");
}

test("E1 E15: a project goes to a cluster step by step: what it requires, services, variables, what changes, rollout", async () => {
  await withCluster();
  await page.getByRole("button", { name: "Deploy a project" }).press("Enter");
  await stepIs("Project");
  await press("Next");
  await says(dialog().locator(".field-error"), "Give the project a name");
  await dialog().getByLabel("Begin with").selectOption({ label: "Database with a client" });
  await dialog().getByLabel("Namespace").fill("studio-steps");
  await press("Next");
  await says(dialog().getByTestId("missing"), "POSTGRES_PASSWORD");
  await dialog().getByLabel("POSTGRES_PASSWORD").fill(SECRET);
  await press("Next");

  await stepIs("Services");
  await count(dialog().getByTestId("service"), 2);
  const client = dialog().getByTestId("service").filter({ hasText: "client" });
  await client.locator("summary").press("Enter");
  await client.getByLabel("Pods to run").fill("2");
  await client.getByLabel("Memory at most").fill("lots");
  await client.getByLabel("Labels").fill("team=studio");
  await press("Next");
  await stepIs("Variables");
  const row = (name: string) => dialog().getByTestId("variable").filter({ hasText: name });
  await says(row("POSTGRES_PASSWORD"), /entered by hand/);
  await says(row("PGHOST"), /client.*compose file/s);
  await press("Next");
  await says(dialog().getByRole("alert"), /services\.client\.resources\.limits\.memory.*512Mi/);
  await press("Back");
  await client.locator("summary").press("Enter");
  await client.getByLabel("Memory at most").fill("256Mi");
  await press("Next");
  await dialog().getByLabel("Where PGHOST goes").selectOption("Secret");
  await press("Next");

  await stepIs("Review");
  await says(dialog(), "this makes revision 1");
  await says(dialog().getByTestId("change").filter({ hasText: "Deployment client" }), "New");
  await count(dialog().getByTestId("change").filter({ hasText: "Secret client" }), 1);
  await press("Deploy");
  await says(dialog().getByTestId("progress"), /Applied.*Revision 1/s);
  await says(dialog().getByTestId("workload").first(), /In progress/);
  expect(await replicasOf("studio-steps", "client")).toBe(2);
  expect(await page.content()).not.toContain(SECRET);
  await press("Open the deployment");
  await page.getByRole("heading", { name: "Database with a client" }).waitFor();

  await page.getByRole("button", { name: "Change and deploy" }).click();
  await dialog().getByTestId("file").waitFor();
  for (const step of ["Services", "Variables"]) {
    await press("Next");
    await stepIs(step);
  }
  await dialog().getByLabel("Value of POSTGRES_PASSWORD", { exact: true }).fill(`${SECRET}-2`);
  await press("Next");
  await stepIs("Review");
  await says(dialog().getByTestId("change").filter({ hasText: "Secret" }).first(), "secrets are not shown");
  await says(dialog(), "This makes revision 2");
  expect(await dialog().innerText()).not.toContain(SECRET);
}, 120_000);

test("a deployment is scaled, restarted, compared, rolled back with its configuration, saved and deleted", async () => {
  await withCluster();
  await deployWeb("studio-acts");
  const progress = page.getByTestId("progress");
  await page.getByRole("button", { name: "Scale web" }).press("Enter");
  await dialog().getByLabel("Pods to run").fill("1001");
  await press("Scale");
  await says(dialog().locator(".field-error"), "from 0 to 1000");
  await dialog().getByLabel("Pods to run").fill("3");
  await page.keyboard.press("Enter");
  await says(progress, /Applied.*Revision 2/s);
  expect(await replicasOf("studio-acts", "web")).toBe(3);
  await page.getByRole("button", { name: "Restart web" }).click();
  await press("Restart");
  await says(progress, /Applied.*Revision 3/s);

  await page.getByRole("button", { name: "Compare revision 2" }).click();
  await says(dialog().getByTestId("change"), /Changed.*Deployment web.*spec\.replicas.*1.*3/s);
  await page.keyboard.press("Escape");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the manifests of revision 1" }).click();
  expect((await saving).suggestedFilename()).toBe("studio-acts-1.yaml");
  await page.getByRole("button", { name: "Roll back to revision 1" }).click();
  await press("Roll back");
  await says(progress, /Applied.*Revision 4/s);
  expect(await replicasOf("studio-acts", "web")).toBe(1);
  await says(page.getByTestId("revision").first(), /Revision 4.*rolled back.*revision 1/s);

  await page.getByRole("link", { name: "All deployments" }).click();
  await says(page.getByTestId("deployment"), /Shop.*Applied.*Production \/ studio-acts.*4/s);
  await page.getByRole("link", { name: "Shop" }).press("Enter");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await says(dialog().getByTestId("goes"), /Deployment web/);
  await press("Delete deployment");
  await says(page.getByTestId("gone"), "The deployment is deleted");
  expect(await object("Deployment", "studio-acts", "web")).toBeUndefined();
}, 120_000);

test("projects take the values that the tenant shares; secrets of them are never shown, and removing one keeps the focus", async () => {
  await withCluster();
  await page.getByRole("link", { name: "Variables" }).click();
  await page.getByTestId("no-shared").waitFor();
  const store = async (name: string, value: string, isSecret: boolean) => {
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Value", { exact: true }).fill(value);
    await page.getByRole("checkbox").setChecked(isSecret);
    await page.keyboard.press("Enter");
  };
  await store("1MODE", "slow", false);
  await says(page.locator(".field-error"), "no digit first");
  await store("TOKEN", SECRET, true);
  await says(page.getByTestId("shared"), /TOKEN.*never shown/s);
  expect(await page.content()).not.toContain(SECRET);
  await store("MODE", "slow", false);
  await says(page.getByTestId("shared").first(), /MODE.*slow.*person-/s);
  await page.getByRole("link", { name: "Deployments" }).click();
  await page.getByRole("button", { name: "Deploy a project" }).click();
  await dialog().getByLabel("Name of the project").fill("Shared");
  const text = (mode: string) =>
    Buffer.from(`services:\n  web:\n    image: nginx\n    environment: { MODE: ${mode} }\n`);
  await dialog()
    .getByLabel("Upload files")
    .setInputFiles([
      { name: "compose.override.yaml", mimeType: "text/yaml", buffer: text("over") },
      { name: "compose.yaml", mimeType: "text/yaml", buffer: text("fast") },
      { name: ".env", mimeType: "text/plain", buffer: Buffer.from("A=b\n") },
    ]);
  await count(dialog().getByTestId("file"), 3);
  expect(await dialog().getByLabel("Path").first().inputValue()).toBe("compose.yaml");
  for (const step of ["Services", "Variables"]) {
    await press("Next");
    await stepIs(step);
  }
  await says(dialog().getByTestId("variable"), /MODE.*shared variable/s);
  expect(await dialog().getByLabel("Value of MODE").inputValue()).toBe("slow");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Variables" }).click();
  await page.getByRole("button", { name: "Remove MODE" }).click();
  await press("Remove variable");
  await count(page.getByTestId("shared"), 1);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Shared variables");
}, 120_000);

test("what fails is named with its reason and the way out, logs are followed, and viewers may look and nothing else", async () => {
  await withCluster();
  await deployWeb("studio-live");
  const answer = (of: Page) => of.route("**/status", (route) => route.fulfill({ json: failing }));
  await answer(page);
  const asked: string[] = [];
  await page.route("**/logs?*", (route) => {
    asked.push(new URL(route.request().url()).search);
    const lines = ["listening", "<b>GET /</b>"].map((line) => `${JSON.stringify({ line })}\n`);
    return route.fulfill({ contentType: "application/x-ndjson", body: lines.join("") });
  });
  await page.reload();
  const workload = page.getByTestId("workload");
  await says(workload, /web.*Failing.*1 of 2 pods ready/s);
  await says(
    page.getByTestId("problem"),
    /Pod web-1 container web.*CrashLoopBackOff.*correct its settings, or roll back/s,
  );
  await says(page.getByTestId("pod"), /web-1.*4 restarts.*node-a/s);
  await says(page.getByTestId("event"), /BackOff.*3 times/s);
  await page.getByRole("button", { name: "Log of web-1" }).press("Enter");
  await says(dialog().getByTestId("log"), /listening\n<b>GET/);
  await dialog().getByLabel("Of the container that ran before").check();
  await waitFor("the log before is asked for", async () =>
    expect(asked.at(-1)).toBe("?namespace=studio-live&previous=true&follow=false&container=web"),
  );
  await page.keyboard.press("Escape");

  const path = new URL(page.url()).pathname;
  const { page: viewer } = await studio.join("viewer");
  await answer(viewer);
  await viewer.goto(studio.world.url + path);
  await says(viewer.getByTestId("workload"), "Failing");
  await says(viewer.locator("main"), "Ask one of the owners, admins, and members of this tenant");
  expect(await viewer.getByRole("button", { name: /Deploy|Change and|Restart|Scale|Roll back|Delete/ }).count()).toBe(
    0,
  );
  await viewer.context().close();
  const { page: member } = await studio.join("member");
  await member.goto(`${studio.world.url}/deployments`);
  await says(member.locator("main"), "No cluster allows it now");
  expect(await member.getByRole("button", { name: "Deploy a project" }).count()).toBe(0);
  await page.goto(`${studio.world.url}/clusters`);
  await Promise.all([
    page.waitForResponse((one) => one.request().method() === "PUT" && one.ok()),
    page.getByLabel("Members may deploy to Production").check(),
  ]);
  await member.reload();
  await member.getByRole("button", { name: "Deploy a project" }).waitFor();
  await member.context().close();
}, 120_000);

test("the pages of deployments keep nobody out: both themes, a phone, 200 % zoom, Chinese", async () => {
  const wrong: string[] = [];
  const measure = async (what: string) => void wrong.push(...(await studio.faults(what)));
  await withCluster();
  await measure("no deployments");
  await page.getByRole("button", { name: "Deploy a project" }).click();
  await dialog().getByLabel("Begin with").selectOption({ label: "Web site with a cache" });
  await dialog().getByLabel("Namespace").fill("studio-look");
  await measure("source");
  for (const step of ["Services", "Variables", "Review"]) {
    await press("Next");
    await stepIs(step);
    await measure(step);
  }
  await press("Deploy");
  await says(dialog().getByTestId("progress"), "Applied");
  await measure("rollout");
  await page.route("**/status", (route) => route.fulfill({ json: failing }));
  await press("Open the deployment");
  await page.getByTestId("problem").waitFor();
  await measure("deployment");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog().getByTestId("goes").waitFor();
  await measure("delete");
  await page.keyboard.press("Escape");
  await page.evaluate(() => localStorage.setItem("nexus.language", "zh"));
  await page.reload();
  await says(page.getByTestId("problem"), "程序自行结束");
  await measure("Chinese");
  await page.goto(`${studio.world.url}/deployments`);
  await page.getByTestId("deployment").waitFor();
  await measure("list");
  await page.goto(`${studio.world.url}/variables`);
  await page.getByTestId("no-shared").waitFor();
  await measure("shared variables");
  expect(wrong).toEqual([]);
}, 300_000);
