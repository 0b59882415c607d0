import * as fs from "node:fs";
import * as path from "node:path";
import { waitFor } from "../../local/platform/wait";
import { runProgram } from "../../local/platform/run-program";
import { convertFixture, fixtureNames } from "../unit/compose/support";
import { descriptor, kubectl, list } from "./platform";
import { getThroughPortForward } from "./port-forward";
import type { Pod } from "./stack/pods";

const FOLDER = "tests/fixtures/compose-run";
const names = fs.readdirSync(path.resolve(__dirname, "../../", FOLDER)).map((file) => path.parse(file).name);
const namespaceOf = (name: string) => `compose-${name}`;

/** `nexus:compose` for every project of the folder. */
export const composeConfig = Object.fromEntries(
  names.map((name) => [name, { files: [`${FOLDER}/${name}.yaml`], namespace: namespaceOf(name) }]),
);

/** Every pod of every project runs and is ready, or has done its work. */
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

/** What the projects do is what their files say. */
export async function expectProjectsWork(): Promise<void> {
  const web = await getThroughPortForward("compose-shop", "service/web", 3000, "/");
  expect(await web.text()).toBe("good day");
  const page = await getThroughPortForward("compose-site", "service/site", 80, "/");
  expect(await page.text()).toContain("a page from a config");
  const read = 'redis-cli -a "$CACHE_PASSWORD" -h cache get greeting';
  expect(await kubectl("compose-cache", "exec", "deploy/client", "--", "sh", "-c", read)).toContain("hello");
  expect(await kubectl("compose-batch", "logs", "job/report")).toContain("report of may");
  expect(await list("compose-workers", "pods")).toHaveLength(2);
}

/** No ConfigMap of a project holds a value that its Secrets hold. */
export async function expectSecretsApart(): Promise<void> {
  for (const name of names) {
    const objects = await kubectl(namespaceOf(name), "get", "configmaps,deployments,statefulsets,jobs", "-o", "json");
    for (const secret of ["orchid-lamp-42", "velvet-hammer-3", "plum-and-granite-17"])
      expect([name, secret, objects.includes(secret)]).toEqual([name, secret, false]);
  }
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
}

/** The API server's own check of every object of every fixture; returns what it refused, by fixture. */
export async function refusedByServer(): Promise<Record<string, string>> {
  const refused: Record<string, string> = {};
  for (const fixture of fixtureNames()) {
    const objects = convertFixture(fixture).objects as readonly Manifest[];
    // The namespaces do not exist in a dry run, so what would be in them is checked in another.
    const items = objects.map((object) =>
      object.metadata.namespace === undefined
        ? object
        : { ...object, metadata: { ...object.metadata, namespace: "default" } },
    );
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const args = ["--kubeconfig", descriptor.kubeconfig, "apply", "--server-side", "--dry-run=server", "-f", "-"];
    await runProgram("kubectl", args, { input }).catch((error: unknown) => {
      refused[fixture] = String(error);
    });
  }
  return refused;
}
