import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { convert, fileName, manifestText, redacted, secretValues } from "@nexus/compose";
import { buildBundle } from "@nexus/testkit/bundle";
import { parse } from "yaml";
import { composeSection } from "../../../config/sections/compose";
import { BackendWorld } from "./backend-world";
import { CLUSTERS, here, member, owner, type Person } from "./cluster-world";
import { DEPLOYMENTS, pathOf, PROJECTS } from "./deploy-world";
import { addScanned, scanCluster, type ScannedCluster, startScannedCluster } from "./scan-world";

const SECRET = "s3cr3t-of-an-export";
let cluster: ScannedCluster;
let world: BackendWorld;
beforeAll(async () => {
  const [started, bundle] = await Promise.all([startScannedCluster(30_017), buildBundle("graphstudio-backend")]);
  cluster = started;
  world = await BackendWorld.start(
    { CLUSTER_PORTS: String(cluster.api.port) },
    here,
    join(bundle, "convert-worker.js"),
  );
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), world?.stop()]);
});

const COMPOSE = `services:
  web:
    image: nginx:\${TAG:-1.29}
    ports: ["80:8080"]
    env_file: [web.env]
    environment:
      MODE: fast
      REGION: eu
      REDIS_URL: \${REDIS_URL:-redis://localhost:6379}
      DB_PASSWORD: \${DB_PASSWORD:?choose one}
  job:
    image: busybox:1.37
    profiles: [extra]
    environment: { MODE: fast }
`;

interface Entry {
  readonly name: string;
  readonly entry: string;
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
  readonly commands: readonly string[];
  readonly differences: readonly string[];
}

interface Deployed extends Person {
  /** Path of the deployment. */
  readonly path: string;
  readonly projectId: string;
}

/** A deployment of a project; whether the cluster can apply it does not matter. */
async function deployed(content: object, more: object = {}): Promise<Deployed> {
  const person = await owner(world);
  const { browser } = person;
  const clusterId = await addScanned(person, cluster.kubeconfig());
  await scanCluster(person, clusterId);
  await browser.ask("PUT", "/api/settings/REGION", { value: "us", secret: false });
  const { body } = await browser.ask("POST", PROJECTS, { name: "My Shop", namespace: "team-a", ...content });
  const project = { project_id: body.project_id, ...more };
  const answer = await browser.ask("POST", `${CLUSTERS}/${clusterId}/deploy`, project);
  return { ...person, path: pathOf(answer), projectId: String(body.project_id) };
}

const manifestsOf = async ({ browser, path }: Deployed) =>
  (await browser.ask("GET", `${path}/revisions/1/manifests`)).body.items as { path: string; text: string }[];
const entryOf = async ({ browser, path }: Deployed) =>
  (await browser.ask("GET", `${path}/stack-entry`)).body as unknown as Entry;

/** The manifests that Pulumi's program makes of an entry, by file. */
async function converted({ entry, files }: Entry, secretVariables: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), "nexus-entry-"));
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text ?? "GREETING=hello\n");
    }
    const { config } = parse(entry) as { config: { "nexus:compose": unknown } };
    const [[, stack] = []] = Object.entries(composeSection.parse(config["nexus:compose"]));
    if (!stack) throw new Error("there is no entry");
    const inRoot = (file: string) => join(root, file);
    const paths = { files: stack.files.map(inRoot), envFiles: stack.envFiles?.map(inRoot) };
    const { objects } = convert({ ...stack, ...paths, secretVariables, environment: {} });
    const known = secretValues(objects);
    return Object.fromEntries(objects.map((one) => [fileName(one), manifestText(redacted(one, known))]));
  } finally {
    await rm(root, { recursive: true });
  }
}

test("E12: a deployment is exported as an entry of nexus:compose that makes the same objects, with its files and without secrets", async () => {
  const ada = await deployed({
    files: [
      { name: "compose.yaml", text: COMPOSE },
      { name: "web.env", text: "GREETING=hello\n" },
    ],
    profiles: ["extra"],
    services: { web: { replicas: 2 } },
    variables: [
      { name: "MODE", value: "slow" },
      { name: "TAG", value: "1.30" },
      { name: "REDIS_URL", value: "redis://cache:6379", source: "discovery" },
      { name: "DB_PASSWORD", value: SECRET },
    ],
  });
  const exported = await entryOf(ada);
  expect(parse(exported.entry)).toEqual({
    config: {
      "nexus:compose": {
        "my-shop": {
          files: ["compose/my-shop/compose.yaml"],
          profiles: ["extra"],
          namespace: "team-a",
          services: { web: { replicas: 2 } },
          variables: { MODE: "slow", REGION: "us", TAG: "1.30" },
          discovered: { REDIS_URL: "redis://cache:6379" },
        },
      },
    },
  });
  expect(exported.files).toEqual([
    { path: "compose/my-shop/compose.yaml", text: COMPOSE },
    { path: "compose/my-shop/web.env", text: null },
  ]);
  expect(exported.commands).toEqual(["pulumi config set --secret --path 'nexus:composeSecrets.my-shop.DB_PASSWORD'"]);
  expect(exported.differences).toEqual([]);
  expect(JSON.stringify(exported)).not.toContain(SECRET);
  const manifests = (await manifestsOf(ada)).map(({ path, text }) => [path.split("/").at(-1), text]);
  expect(await converted(exported, { DB_PASSWORD: SECRET })).toEqual(Object.fromEntries(manifests));
});

test("what an entry cannot say is told by object and field: the value of one service, and of one request", async () => {
  const files = [{ name: "compose.yaml", text: COMPOSE.replace("    env_file: [web.env]\n", "") }];
  const variables = [
    { name: "DB_PASSWORD", value: SECRET },
    { name: "MODE", value: "slow", service: "web" },
  ];
  const ada = await deployed({ files, variables }, { variables: [{ name: "REGION", value: "asia" }] });
  expect((await entryOf(ada)).differences).toContain("ConfigMap web-config differs: data.MODE, data.REGION");
});

test("E12: a deployment takes what the last scan found for variables that nobody gave a value, where the request says so", async () => {
  const files = [{ name: "compose.yaml", text: COMPOSE.replace("    env_file: [web.env]\n", "") }];
  const variables = [{ name: "DB_PASSWORD", value: SECRET }];
  const urlOf = async (more: object) => {
    const manifests = await manifestsOf(await deployed({ files, variables }, more));
    const config = manifests.find(({ path }) => path.includes("web-") && path.endsWith("-configmap.yaml"))?.text ?? "";
    return (parse(config) as { data: { REDIS_URL: string } }).data.REDIS_URL;
  };
  expect(await urlOf({})).toBe("redis://localhost:6379");
  expect(await urlOf({ discover: true })).toBe("redis://cache.team-a.svc.cluster.local:6379");
  const byHand = [{ name: "REDIS_URL", value: "redis://mine:1" }];
  expect(await urlOf({ discover: true, variables: byHand })).toBe("redis://mine:1");
  const person = await owner(world);
  const unscanned = await addScanned(person, cluster.kubeconfig());
  const { body } = await person.browser.ask("POST", PROJECTS, { name: "Shop", files, variables });
  const asked = { project_id: body.project_id, discover: true };
  expect(await person.browser.ask("POST", `${CLUSTERS}/${unscanned}/deploy`, asked)).toMatchObject({
    status: 409,
    body: { code: "cluster_not_scanned" },
  });
});

test("whoever may not deploy, and strangers, get no entry; without its project there is none", async () => {
  const files = [{ name: "compose.yaml", text: "services: { web: { image: nginx } }\n" }];
  const ada = await deployed({ files });
  const viewer = await member(world, ada, "viewer");
  const stranger = await owner(world);
  const path = `${ada.path}/stack-entry`;
  expect((await viewer.browser.ask("GET", path)).status).toBe(403);
  expect((await stranger.browser.ask("GET", path)).status).toBe(404);
  await ada.browser.ask("DELETE", `${PROJECTS}/${ada.projectId}`);
  expect(await ada.browser.ask("GET", path)).toMatchObject({ status: 404, body: { code: "project_not_found" } });
  expect((await ada.browser.ask("GET", `${DEPLOYMENTS}?limit=1`)).body.items).toHaveLength(1);
});
