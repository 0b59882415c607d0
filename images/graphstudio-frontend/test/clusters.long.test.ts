import { makeCertificate } from "@nexus/testkit/certificate";
import type { Page, Route } from "playwright-core";
import { says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
let authority: string;
beforeAll(async () => {
  authority = Buffer.from((await makeCertificate("api.cluster.test")).certificate).toString("base64");
});
beforeEach(() => ({ page } = studio));

const kubeconfig = (user: object, contexts = ["main"]) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://cluster.invalid", "certificate-authority-data": authority } }],
    users: [{ name: "u", user }],
    contexts: contexts.map((name) => ({ name, context: { cluster: "c", user: "u", namespace: "team-a" } })),
  });

const found = (type: string, service: string, verdict: string) => ({
  namespace: "team-a",
  type,
  service,
  service_type: "ClusterIP",
  endpoints: [`${service}.team-a.svc.cluster.local:6379`],
  verdict,
  reason: "answers PING: requires a password (port-forward to cache-0:6379)",
});
const findings = [found("redis", "cache", "confirmed"), found("postgres", "shop", "refuted")];

const cluster = (more: object = {}) => ({
  cluster_id: "1d3f4a3e-8c1f-4b43-9d0e-7b8f6d0c2a11",
  name: "Production",
  context: "main",
  server: "https://api.cluster.test:6443",
  namespace: "team-a",
  insecure: false,
  members_deploy: false,
  status: "connected",
  status_reason: null,
  checked_at: new Date().toISOString(),
  version: "v1.36.3",
  node_count: 3,
  created_at: new Date().toISOString(),
  scanned_at: null,
  scan_notes: [],
  infra_scans: {},
  ...more,
});
const scanned = () =>
  cluster({
    scanned_at: new Date().toISOString(),
    infra_scans: {
      "team-a": {
        redis: { found: true, endpoints: [], candidates: [findings[0]] },
        postgres: { found: false, endpoints: [], candidates: [findings[1]] },
      },
    },
  });

/** No API server is at an address that the backend may connect to, so the answers about connected ones are made up. */
async function withClusters(items: () => readonly object[]): Promise<void> {
  await page.route("**/api/kubernetes/clusters", (route: Route) =>
    route.request().method() === "GET" ? route.fulfill({ json: { items: items() } }) : route.fallback(),
  );
}

const open = async () => {
  await page.goto(`${studio.world.url}/clusters`);
  await page.getByRole("heading", { name: "Clusters", level: 1 }).waitFor();
};
const paste = async (text: string) => {
  await page.getByLabel("Name", { exact: true }).fill("Production");
  await page.getByLabel("Kubeconfig", { exact: true }).fill(text);
};

test("a cluster is added by its kubeconfig, looked at and removed, and an error says what to do", async () => {
  await studio.signUp();
  await open();
  await says(page.getByTestId("no-clusters"), "never use that of an administrator");
  await page.getByText("Make an account for it", { exact: true }).click();
  await page.getByLabel("Namespaces it may use").fill("team-a, team-b");
  await page.keyboard.press("Enter");
  await says(page.getByRole("textbox", { name: "YAML of the account" }), /kind: ServiceAccount.*namespace: team-b/s);
  await says(
    page.getByRole("textbox", { name: "Commands for the kubeconfig" }),
    "kubectl -n team-a create token nexus",
  );
  await page.getByRole("button", { name: "Add cluster" }).click();
  await says(page.locator(".field-error").first(), "Give the cluster a name");
  await says(page.locator(".field-error").last(), "Paste a kubeconfig, or choose its file");
  await paste(kubeconfig({ exec: { command: "aws" } }));
  await page.getByRole("button", { name: "Add cluster" }).click();
  await says(page.getByRole("alert"), 'User "u" has `exec`: it starts a program. Use the token of a ServiceAccount.');

  await page.getByLabel("Or choose its file").setInputFiles({
    name: "config",
    mimeType: "text/yaml",
    buffer: Buffer.from(kubeconfig({ token: "t0p-s3cr3t" }, ["staging", "production"])),
  });
  await page.getByLabel("Context to use").selectOption("production");
  await page.getByRole("button", { name: "Add cluster" }).click();
  const card = page.getByTestId("cluster");
  await says(
    card,
    /Production.*Unreachable.*host name.*Context\s*production.*API server\s*https:\/\/cluster\.invalid/s,
  );
  expect(await page.getByLabel("Kubeconfig", { exact: true }).inputValue()).toBe("");
  expect(await page.content()).not.toContain("t0p-s3cr3t");
  await card.getByRole("button", { name: "Remove Production" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove cluster" }).press("Enter");
  await page.getByTestId("no-clusters").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Clusters");
});

test("a scan shows what it finds, and the cluster keeps it; whoever may only look is told whom to ask", async () => {
  await studio.signUp();
  let done = false;
  await withClusters(() => [done ? scanned() : cluster()]);
  const lines = [
    { kind: "progress", text: "asking the API server" },
    ...findings.map((finding) => ({ kind: "finding", ...finding })),
  ];
  const events = (more: object) => [...lines, more].map((line) => `${JSON.stringify(line)}\n`).join("");
  let answer = events({ kind: "failed", code: "cluster_unauthorized", detail: "User u may not list services" });
  const asked: unknown[] = [];
  await page.route("**/scan-infra", (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ contentType: "application/x-ndjson", body: answer });
  });
  await open();
  await page.getByRole("button", { name: "Scan Production" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Namespaces").fill("team-a, team-b");
  await page.keyboard.press("Enter");
  await says(dialog.getByRole("alert"), "User u may not list services");
  answer = events({ kind: "progress", text: "2 of 3 handshakes" });
  await dialog.getByRole("button", { name: "Scan", exact: true }).click();
  await says(dialog.getByRole("alert"), "The scan ended before it was done");
  answer = events({ kind: "end", cluster: scanned(), notes: ["namespace team-b has no Services"] });
  done = true;
  await dialog.getByRole("button", { name: "Scan", exact: true }).click();
  await says(dialog.getByRole("status"), "The scan is done: 1 database found");
  await says(dialog.getByTestId("finding").first(), /Redis.*team-a\/cache.*Confirmed/s);
  await says(dialog.getByTestId("finding").last(), /PostgreSQL.*team-a\/shop.*Something else/s);
  await says(dialog, "namespace team-b has no Services");
  expect(asked).toEqual(Array(3).fill({ namespaces: ["team-a", "team-b"] }));
  await page.keyboard.press("Escape");
  await says(page.getByTestId("cluster"), /Last scan\s*just now.*Redis/s);

  const { page: viewer } = await studio.join("viewer");
  await viewer.goto(`${studio.world.url}/clusters`);
  await says(viewer.locator("main"), "Ask one of the owners and admins of this tenant");
  expect(await viewer.getByRole("button", { name: /Add cluster|Scan|Remove/ }).count()).toBe(0);
  await viewer.context().close();
});

test("the page of clusters keeps nobody out: both themes, a phone, 200 % zoom, Chinese, long names", async () => {
  await studio.signUp();
  const wrong: string[] = [];
  const name = "مجموعة " + "x".repeat(90);
  const items = [
    scanned(),
    cluster({ name, status: "unreachable", status_reason: "nothing listens there", version: null, node_count: null }),
    cluster({ name: "Lab", status: "unauthorized", insecure: true, server: `https://${"a".repeat(60)}.example.com` }),
  ].map((one, at) => ({ ...one, cluster_id: `1d3f4a3e-8c1f-4b43-9d0e-7b8f6d0c2a1${at}` }));
  const measure = async (what: string) => void wrong.push(...(await studio.faults(what)));
  await open();
  await page.getByTestId("no-clusters").waitFor();
  await measure("empty");
  await withClusters(() => items);
  await page.reload();
  await page.getByTestId("cluster").nth(2).waitFor();
  await page.getByTestId("cluster").first().locator("summary").click();
  await measure("three clusters");
  await page.getByRole("button", { name: "Scan Production" }).click();
  await page.getByRole("dialog").waitFor();
  await measure("scan");
  await page.keyboard.press("Escape");
  await page.evaluate(() => localStorage.setItem("nexus.language", "zh"));
  await page.reload();
  await page.getByTestId("cluster").nth(2).waitFor();
  await says(page.locator("main"), "已连接");
  await measure("Chinese");
  expect(wrong).toEqual([]);
}, 300_000);
