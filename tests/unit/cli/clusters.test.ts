import { once } from "node:events";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import {
  addCluster,
  checkCluster,
  clusterStatus,
  listClusters,
  removeCluster,
  scanCluster,
} from "../../../cli/commands/clusters";

let server: Server;
let url: string;
let asked: { route: string; body: unknown }[];
let status: string;
let lines: object[];
let printed: string;

const cluster = () => ({
  cluster_id: "c1",
  name: "Production",
  server: "https://prod:6443",
  status,
  status_reason: status === "connected" ? null : "nothing listens there",
  checked_at: "2030-01-01T00:00:00Z",
  version: "v1.36.3",
  node_count: 3,
  scanned_at: null,
});

beforeEach(async () => {
  [asked, status, lines, printed] = [[], "connected", [], ""];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => ((printed += String(text)), true));
  process.env.NEXUS_TOKEN = "nxk_key";
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += String(piece)));
    request.on("end", () => {
      const route = `${request.method} ${request.url}`;
      asked.push({ route, body: text === "" ? undefined : (JSON.parse(text) as unknown) });
      if (route.startsWith("DELETE")) response.writeHead(204).end();
      else if (route.endsWith("/scan-infra")) response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      else response.end(JSON.stringify(route === "GET /api/kubernetes/clusters" ? { items: [cluster()] } : cluster()));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.NEXUS_TOKEN;
  server.close();
});

test("clusters are listed, shown and removed, by name or id", async () => {
  await listClusters({ url });
  expect(printed).toMatch(/c1 +Production +connected +v1\.36\.3 +3 +https:\/\/prod:6443/);
  await clusterStatus("Production", { url });
  expect(printed).toContain("connected, as of 2030-01-01T00:00:00Z\n  version v1.36.3, nodes 3, last scan never");
  await removeCluster("c1", { url });
  expect(asked.at(-1)?.route).toBe("DELETE /api/kubernetes/clusters/c1");
  await expect(removeCluster("Staging", { url })).rejects.toThrow(
    'There is no cluster "Staging"; the tenant has "Production".',
  );
});

test("a cluster is added from a file, and one that cannot be read is named", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-clusters-"));
  const file = path.join(folder, "kubeconfig");
  fs.writeFileSync(file, "contexts: []");
  await addCluster("Production", file, { url, context: "main", allowInsecure: false });
  expect(asked).toEqual([
    {
      route: "POST /api/kubernetes/clusters",
      body: { name: "Production", kubeconfig: "contexts: []", allow_insecure: false, context: "main" },
    },
  ]);
  fs.rmSync(folder, { recursive: true });
  await expect(addCluster("Production", file, { url, allowInsecure: false })).rejects.toThrow(
    `The kubeconfig ${file} cannot be read: ENOENT`,
  );
});

test("a check says what it finds, and fails if the cluster does not answer", async () => {
  await checkCluster("c1", { url });
  status = "unreachable";
  await expect(checkCluster("c1", { url })).rejects.toThrow("The cluster Production is unreachable.");
  expect(printed).toContain("unreachable: nothing listens there");
});

test("a scan prints what it finds as it finds it, and fails with its reason or if it ends in the middle", async () => {
  const finding = { kind: "finding", namespace: "a", service: "db", type: "postgres", verdict: "confirmed" };
  lines = [
    { kind: "progress", text: "Reading a" },
    { ...finding, reason: "answers", endpoints: ["db.a:5432"] },
    { kind: "end", notes: ["no nodes"] },
  ];
  await scanCluster("Production", { url, namespace: ["a"] });
  expect(asked.at(-1)?.body).toEqual({ namespaces: ["a"] });
  expect(printed).toBe("Reading a\npostgres a/db: confirmed (answers) db.a:5432\nNote: no nodes\n");
  lines = [{ kind: "failed", detail: "no namespace a" }];
  await expect(scanCluster("c1", { url, namespace: [] })).rejects.toThrow(
    "The scan of Production failed: no namespace a",
  );
  lines = [];
  await expect(scanCluster("c1", { url, namespace: [] })).rejects.toThrow("ended in the middle");
});
