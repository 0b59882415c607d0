import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import {
  deployProject,
  deploymentStatus,
  exportDeployment,
  listDeployments,
  rollbackDeployment,
  saveManifests,
} from "../../../cli/commands/deployments";

let server: Server;
let url: string;
let asked: { method: string; url: string; key: unknown; authorization: unknown; body: unknown }[];
/** States of the latest revision, one for each time that it is read. */
let states: string[];
let printed: string;

const manifests = [{ path: "c1/shop/web-deployment.yaml", text: "kind: Deployment\n" }];
let stackEntry: { files: { path: string; text: string | null }[] } & Readonly<Record<string, unknown>>;
let folder: string;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? undefined : JSON.parse(text);
}

beforeEach(async () => {
  [asked, states, printed] = [[], ["applied"], ""];
  folder = fs.mkdtempSync(join(os.tmpdir(), "nexus-deployments-"));
  stackEntry = {
    name: "shop",
    entry: "config:\n",
    files: [
      { path: "compose/shop/compose.yaml", text: "services: {}\n" },
      { path: "compose/shop/.env", text: null },
    ],
    commands: ["pulumi config set --secret --path 'nexus:composeSecrets.shop.KEY'"],
    differences: ["Deployment web differs: spec.replicas"],
  };
  jest.spyOn(process.stdout, "write").mockImplementation((text) => ((printed += String(text)), true));
  process.env.NEXUS_TOKEN = "nxk_key";
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      asked.push({ method, url: path, key: headers["idempotency-key"], authorization: headers.authorization, body });
      const state = method === "GET" && states.length > 1 ? states.shift() : states[0];
      const latest = {
        revision: 4,
        act: "deploy",
        state,
        reason: state === "failed" ? "quota" : null,
        done: 1,
        total: 2,
      };
      const names = { cluster_name: "Production", project_name: "Shop", namespace: "shop" };
      const deployment = { deployment_id: "d1", ...names, latest };
      const problems = [{ object: "Pod web-1", reason: "ImagePullBackOff", advice: "Check the image." }];
      const workloads = [{ kind: "Deployment", name: "web", state: "failing", ready: 0, desired: 1, problems }];
      const isOne = path.endsWith("/d1") || path.endsWith("/rollback");
      const files = path.includes("/manifests") ? manifests : [deployment];
      const answer = path.endsWith("/status") ? { workloads } : isOne ? deployment : { items: files };
      const [status, sent] = path.includes("/unknown")
        ? [404, { detail: "There is no such deployment" }]
        : [200, path.endsWith("/stack-entry") ? stackEntry : answer];
      response.writeHead(status as number).end(JSON.stringify(sent));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.NEXUS_TOKEN;
  server.close();
  fs.rmSync(folder, { recursive: true });
});

test("a project is deployed with an API key and an idempotency key, and waited for", async () => {
  states = ["applying", "applied"];
  await deployProject({
    url,
    cluster: "c1",
    project: "p1",
    namespace: "shop",
    key: "build-17",
    discover: true,
    force: false,
  });
  expect(asked[0]).toEqual({
    method: "POST",
    url: "/api/kubernetes/clusters/c1/deploy",
    key: "build-17",
    authorization: "Bearer nxk_key",
    body: { project_id: "p1", namespace: "shop", discover: true, force: false },
  });
  expect(printed).toBe("d1: revision 4 is applying, 1 of 2 objects\nd1: revision 4 is applied, 1 of 2 objects\n");
});

test("a revision that fails, or that there is not, ends the command with the reason", async () => {
  states = ["failed"];
  await expect(rollbackDeployment("d1", "3", { url })).rejects.toThrow("revision 4 is failed, 1 of 2 objects: quota");
  await expect(rollbackDeployment("unknown", "3", { url })).rejects.toThrow("404: There is no such deployment");
  await expect(rollbackDeployment("d1", "last", { url })).rejects.toThrow("last is not a revision");
  delete process.env.NEXUS_TOKEN;
  await expect(listDeployments({ url })).rejects.toThrow("an API key in NEXUS_TOKEN");
});

test("deployments are listed, and problems are shown with what to do", async () => {
  await listDeployments({ url });
  expect(printed).toMatch(/d1 +Shop +Production +shop +4 +applied/);
  await deploymentStatus("d1", { url });
  expect(printed).toContain("Pod web-1: ImagePullBackOff\n  Check the image.");
});

test("E22: manifests are saved as files, by cluster and namespace", async () => {
  const out = join(folder, "manifests");
  await saveManifests("d1", undefined, { url, out });
  expect(asked.map(({ url: of }) => of.split("/deployments/")[1])).toEqual(["d1", "d1/revisions/4/manifests"]);
  expect(fs.readFileSync(join(out, "c1/shop/web-deployment.yaml"), "utf8")).toBe("kind: Deployment\n");
  expect(printed).toBe(`1 objects of revision 4 are in ${out}; secret values are redacted\n`);
  await expect(saveManifests("d1", "3", { url, out })).rejects.toThrow("is not empty");
});

test("a deployment is exported with its files, and what else is to be done is said", async () => {
  const out = join(folder, "shop");
  await exportDeployment("d1", { url, out });
  expect(fs.readdirSync(out, { recursive: true }).sort()).toEqual([
    "compose",
    "compose/shop",
    "compose/shop/compose.yaml",
    "nexus-compose.yaml",
  ]);
  expect(fs.readFileSync(join(out, "nexus-compose.yaml"), "utf8")).toBe("config:\n");
  expect(printed).toContain("write compose/shop/.env: the studio keeps env files");
  expect(printed).toContain("- pulumi config set --secret --path 'nexus:composeSecrets.shop.KEY'\n");
  expect(printed).toContain("Note: Deployment web differs: spec.replicas\n");
  stackEntry.files.push({ path: "../outside.yaml", text: "" });
  await expect(exportDeployment("d1", { url, out: join(folder, "other") })).rejects.toThrow("outside of");
  expect(fs.existsSync(join(folder, "outside.yaml"))).toBe(false);
});
