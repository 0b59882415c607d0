import * as fs from "node:fs";
import { request } from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { API_SERVER_NAME, startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { waitFor } from "@nexus/testkit/server-process";
import { parse } from "yaml";
import { lookUp } from "../../../components/guard/look-up";
import { pathOf, type PlannedObject } from "../../../components/guard/planned-object";
import { type Manifest, recordStack, type RecordedStack } from "../../support/recorded-stack";

const CRDS = process.env.NEXUS_TEST_OPERATOR_SCHEMAS ?? "";

let server: TestApiServer;
let folder: string;
let kubeconfig: string;
let stack: RecordedStack;

beforeAll(async () => {
  server = await startApiServer();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-operated-"));
  kubeconfig = path.join(folder, "config");
  const config = JSON.parse(server.kubeconfig(server.adminToken)) as { clusters: [{ cluster: object }] };
  const reached = { server: `https://127.0.0.1:${server.port}`, "tls-server-name": API_SERVER_NAME };
  Object.assign(config.clusters[0].cluster, reached);
  fs.writeFileSync(kubeconfig, JSON.stringify(config));
  const backup = { s3: { bucket: "nexus-backups", prefix: "nexus/", endpoint: "https://10.1.2.3:9000" } };
  const keys = { backupAccessKey: "access-key", backupSecretKey: "secret-key" };
  stack = await recordStack("dev", { postgres: { mode: "cloudnativepg", storageClass: "fast", backup } }, keys);
});
afterAll(async () => {
  await server?.stop();
  if (folder) fs.rmSync(folder, { recursive: true });
});

/** Sends an object to the API server, which refuses unknown fields and wrong values. @returns what is wrong */
async function apply(object: Manifest, query: string): Promise<string> {
  const { metadata, kind, apiVersion } = object as Manifest & { apiVersion: string };
  const target = pathOf({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace });
  const body = JSON.stringify(object);
  return await new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: server.port,
      servername: API_SERVER_NAME,
      ca: server.authority,
      method: "PATCH",
      path: `${target}?fieldManager=nexus&fieldValidation=Strict${query}`,
      headers: { authorization: `Bearer ${server.adminToken}`, "content-type": "application/apply-patch+yaml" },
    };
    request(options, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () => resolve((answer.statusCode ?? 500) < 300 ? "" : text));
    })
      .once("error", reject)
      .end(body);
  });
}

const dryRun = (object: Manifest) => apply(object, "&dryRun=All");

const planned = ({ kind, metadata, ...rest }: Manifest): PlannedObject => ({
  apiVersion: String(rest.apiVersion),
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
});

const custom = () => stack.manifests.filter(({ apiVersion }) => String(apiVersion).includes("cnpg.io"));
const look = (objects: readonly Manifest[]) => lookUp({ context: "test", kubeconfig }, objects.map(planned));

describe("P4 B38: CloudNativePG", () => {
  it("is looked for before anything is written, and the error names each definition and what installs it", async () => {
    const error = await look(custom()).then(
      () => "",
      (thrown: Error) => thrown.message,
    );
    const start = "Context test: the cluster has no CustomResourceDefinition ";
    expect(
      error
        .split("\n")
        .filter((line) => line.includes(start))
        .map((line) => line.trim().replace(/^- /, "")),
    ).toEqual([
      expect.stringMatching(
        /objectstores\.barmancloud\.cnpg\.io with the version v1, which comes with its Barman Cloud plugin\. Fix: kubectl --context test apply --server-side -f https:\S+\/plugin-barman-cloud\/\S+ \(it needs cert-manager\)$/,
      ),
      expect.stringMatching(
        /clusters\.postgresql\.cnpg\.io with the version v1, which comes with CloudNativePG\. Fix: kubectl --context test apply --server-side -f https:\S+\/cnpg-1\.30\.0\.yaml$/,
      ),
      expect.stringMatching(/scheduledbackups\.postgresql\.cnpg\.io/),
    ]);
  });

  it("accepts every object, according to a real API server with the definitions of operator 1.30", async () => {
    for (const file of fs.readdirSync(CRDS).filter((name) => name.endsWith(".yaml")))
      expect(await apply(parse(fs.readFileSync(path.join(CRDS, file), "utf8")) as Manifest, "")).toBe("");
    for (const one of stack.manifests.filter(({ kind }) => kind === "Namespace")) expect(await apply(one, "")).toBe("");
    await waitFor("the definitions are served", async () => {
      expect(await look(custom())).toEqual([]);
    });
    const objects = stack.manifests.filter(
      ({ kind, apiVersion }) =>
        String(apiVersion).includes("cnpg.io") || ["Secret", "NetworkPolicy", "CronJob"].includes(kind),
    );
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["Cluster", "ObjectStore", "ScheduledBackup", "Secret"]),
    );
    const problems = await Promise.all(objects.map(async (one) => [one.kind, one.metadata.name, await dryRun(one)]));
    expect(problems.filter(([, , problem]) => problem !== "")).toEqual([]);
  });

  it("would refuse a field that the operator does not know, and a value that it does not take", async () => {
    const cluster = stack.manifest("Cluster", "postgres-cluster");
    const spec = cluster.spec as { postgresql: object };
    expect(await dryRun({ ...cluster, spec: { ...spec, instance: 3 } })).toContain("spec.instance");
    const wrong = { ...spec.postgresql, synchronous: { method: "some", number: 1 } };
    expect(await dryRun({ ...cluster, spec: { ...spec, postgresql: wrong } })).toContain("Unsupported value");
  });
});
