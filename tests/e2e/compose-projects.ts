import * as fs from "node:fs";
import * as path from "node:path";
import { waitFor } from "@nexus/host";
import { convertFixture, fixtureNames } from "@nexus/testkit/compose-fixtures";
import { dryRun } from "./dry-run";
import { kubectl, list } from "./platform";
import { getThroughPortForward } from "./port-forward";
import type { Pod } from "./stack/pods";

const FOLDER = "tests/fixtures/compose-run";
const names = fs.readdirSync(path.resolve(__dirname, "../../", FOLDER)).map((file) => path.parse(file).name);
const namespaceOf = (name: string) => `compose-${name}`;

/**
 * `nexus:compose` for every project of the folder.
 * @param kubectlImage image of the init containers that wait for Jobs
 */
export const composeConfig = (kubectlImage: string) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { files: [`${FOLDER}/${name}.yaml`], namespace: namespaceOf(name), gateImages: { kubectl: kubectlImage } },
    ]),
  );

/** Encrypted variables by the path of their key. */
export const composeSecrets = { "nexus:composeSecrets.cache.CACHE_PASSWORD": "walnut-tide-58" };

/** Every pod of every project runs and is ready, or has completed. */
export async function expectProjectsRun(): Promise<void> {
  for (const name of names)
    await waitFor(`Pods of the compose project ${name}`, 120, async () => {
      const pods = await list<Pod>(namespaceOf(name), "pods");
      const open = pods.filter(
        ({ status }) => status.phase !== "Succeeded" && !status.containerStatuses?.every(({ ready }) => ready),
      );
      if (open.length > 0) throw new Error(open.map(({ metadata }) => metadata.name).join(", "));
      return pods.length > 0 ? true : undefined;
    });
}

/** The projects behave as their files say. */
export async function expectProjectsWork(): Promise<void> {
  const web = await getThroughPortForward("compose-shop", "service/web", 3000, "/");
  expect(await web.text()).toBe("good day");
  const page = await getThroughPortForward("compose-site", "service/site", 80, "/");
  expect(await page.text()).toContain("a page from a config");
  const read = 'redis-cli -a "$CACHE_PASSWORD" -h cache get greeting';
  expect(await kubectl("compose-cache", "exec", "deploy/client", "--", "sh", "-c", read)).toContain("hello");
  const password = await kubectl("compose-cache", "exec", "deploy/client", "--", "printenv", "CACHE_PASSWORD");
  expect(password.trim()).toBe("walnut-tide-58");
  expect(await kubectl("compose-batch", "logs", "job/report")).toContain("report of may");
  expect(await list("compose-workers", "pods")).toHaveLength(2);
}

interface OrderedPod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly lastTransitionTime: string }[];
    readonly initContainerStatuses?: readonly { readonly name: string }[];
    readonly containerStatuses: readonly { readonly state: { readonly running?: { readonly startedAt: string } } }[];
  };
}

/**
 * A service starts after the Job that it waits for has ended, and after its other dependencies answer; it may read only
 * that Job.
 */
export async function expectOrder(): Promise<void> {
  const namespace = namespaceOf("ordered");
  const pods = await list<OrderedPod>(namespace, "pods");
  const podOf = (name: string) =>
    pods.find(({ metadata }) => metadata.labels["app.kubernetes.io/name"] === name)?.status;
  const readyAt = (name: string) =>
    podOf(name)?.conditions.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "never";
  const [job] = await list<{ status: { completionTime: string } }>(namespace, "jobs");
  const app = podOf("app");
  expect(app?.initContainerStatuses?.map(({ name }) => name)).toEqual([
    "wait-for-prepare-to-exist",
    "wait-for-prepare",
    "wait-for-vectors",
    "wait-for-graph",
  ]);
  const before = [job?.status.completionTime ?? "never", readyAt("vectors"), readyAt("graph")];
  const started = app?.containerStatuses[0]?.state.running?.startedAt ?? "";
  // All times come from the same clock, in a form that sorts as text.
  for (const time of before) expect([time, started].sort()).toEqual([time, started]);
  const account = ["--as", `system:serviceaccount:${namespace}:app-gate`];
  expect(await kubectl(namespace, "get", "job/prepare", "-o", "name", ...account)).toContain("job.batch/prepare");
  await expect(kubectl(namespace, "get", "jobs", ...account)).rejects.toThrow(/forbidden/i);
  await expect(kubectl(namespace, "get", "pods", ...account)).rejects.toThrow(/forbidden/i);
}

/** No ConfigMap of a project holds a value that its Secrets hold. */
export async function expectSecretsApart(): Promise<void> {
  for (const name of names) {
    const objects = await kubectl(namespaceOf(name), "get", "configmaps,deployments,statefulsets,jobs", "-o", "json");
    for (const secret of ["orchid-lamp-42", "velvet-hammer-3", "walnut-tide-58", "plum-and-granite-17"])
      expect([name, secret, objects.includes(secret)]).toEqual([name, secret, false]);
  }
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
}

/** Lets the API server check every object of every fixture; returns the refused ones, by fixture. */
export async function refusedByServer(): Promise<Record<string, string>> {
  const refused: Record<string, string> = {};
  for (const fixture of fixtureNames()) {
    const objects = convertFixture(fixture).objects as readonly Manifest[];
    // The namespaces do not exist in a dry run, so their objects are checked in another one.
    const items = objects.map((object) =>
      object.metadata.namespace === undefined
        ? object
        : { ...object, metadata: { ...object.metadata, namespace: "default" } },
    );
    const problem = await dryRun(items);
    if (problem !== undefined) refused[fixture] = problem;
  }
  return refused;
}
