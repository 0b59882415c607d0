import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { waitFor } from "@nexus/host";
import { apply, descriptor, kubectl, list } from "../platform";
import type { StackCopy } from "./copy";
import { NAMESPACE, podIds, runningPods, settledPods, WORKLOADS } from "./pods";

const MINUTE = 60_000;

/** A kubeconfig whose one context leads to an address where nothing listens. */
const DEAD_CLUSTER = `apiVersion: v1
kind: Config
clusters: [{ name: gone, cluster: { server: "https://127.0.0.1:9" } }]
users: [{ name: gone, user: { token: none } }]
contexts: [{ name: gone, context: { cluster: gone, user: gone } }]
`;

/** Objects with Nexus' names, as somebody else might have made them. */
function objectsOfSomebodyElse(): object[] {
  const matchLabels = { app: "theirs" };
  const template = { metadata: { labels: matchLabels }, spec: { containers: [{ name: "theirs", image: "busybox" }] } };
  const workload = { replicas: 0, selector: { matchLabels }, template };
  return [
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "redis" }, spec: workload },
    { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "postgres" }, spec: workload },
    { apiVersion: "v1", kind: "Service", metadata: { name: "workspace-kernel" }, spec: { ports: [{ port: 80 }] } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "nexus-secrets" }, stringData: { theirs: "kept" } },
  ];
}

interface Applied {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
}

/**
 * Objects with the field managers that wrote them. Controllers may write into workloads at any time, so only other
 * objects have a fixed version.
 */
async function writtenTo(namespace: string): Promise<string[]> {
  const objects = await list<Applied>(namespace, "deployments,statefulsets,services,secrets", "--show-managed-fields");
  const written = objects.map(({ kind, metadata: { name, resourceVersion, managedFields = [] } }) => {
    const applied = managedFields.filter(({ operation }) => operation === "Apply").map(({ manager }) => manager);
    const version = /^(Service|Secret)$/.test(kind) ? resourceVersion : "any";
    return `${kind} ${name} ${version} ${applied.join()}`;
  });
  return written.sort();
}

/** The content of the state of the dev stack. */
async function recordedIn(stack: StackCopy): Promise<string[]> {
  interface Export {
    readonly deployment: { readonly resources: readonly { readonly urn: string; readonly id?: string }[] };
  }
  const state = JSON.parse(await stack.pulumiOk("stack", "export", "--stack", "dev")) as Export;
  return state.deployment.resources.map(({ urn, id }) => `${urn} ${id}`).sort();
}

async function referencesOf(stack: StackCopy): Promise<Record<string, string>> {
  const output = await stack.pulumiOk("stack", "output", "images", "--json", "--stack", "dev");
  return JSON.parse(output) as Record<string, string>;
}

/** The error names what is wrong, and the old pods continue to run. */
export function faultTests(stack: StackCopy): void {
  test(
    "A1 A38: a Dockerfile that does not build is reported with its failed step and its output, and no pod is replaced",
    async () => {
      const before = await settledPods(NAMESPACE);
      const restore = stack.rewrite("images/graphstudio-frontend/Dockerfile", (text) =>
        text.replace("WORKDIR /build\n", "WORKDIR /build\nRUN echo no luck in $((6 * 7)) && exit 7\n"),
      );
      const failed = await stack.nexus("up");
      restore();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.output).toMatch(/graphstudio-frontend:\S+ could not be built:\n.*\n.* no luck in 42\n/);
      expect(failed.output).toContain("echo no luck in $((6 * 7)) && exit 7");
      expect(failed.output).toMatch(/exit code: 7/);
      const after = await settledPods(NAMESPACE);
      for (const workload of WORKLOADS) expect(podIds(after, workload)).toEqual(podIds(before, workload));
    },
    3 * MINUTE,
  );

  test(
    "P1: a second update of the same stack is refused with the process of the first, which completes",
    async () => {
      const first = stack.startPulumi("up", "--yes", "--skip-preview", "--stack", "dev");
      const ended = new Promise((resolve) => first.once("exit", resolve));
      const locks = path.join(process.env.NEXUS_HOME ?? "", "state/.pulumi/locks/organization/nexus/dev");
      await waitFor("The lock of the first update", 30, async () =>
        fs.existsSync(locks) && fs.readdirSync(locks).length > 0 ? true : undefined,
      );
      // The first update is paused, because it might end before the second one checks the lock.
      first.kill("SIGSTOP");
      const second = await stack.pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
      first.kill("SIGCONT");
      expect(second.exitCode).not.toBe(0);
      expect(second.output).toMatch(/the stack is currently locked by 1 lock/);
      expect(await ended).toBe(0);
      await stack.pulumiOk("preview", "--stack", "dev", "--expect-no-changes");
    },
    3 * MINUTE,
  );

  test(
    "P5 A31: objects of somebody else with its names stop plain `pulumi up` before it writes anything",
    async () => {
      const taken = "nexus-taken";
      await kubectl(taken, "create", "namespace", taken);
      await kubectl(taken, "annotate", "namespace", taken, "nexus/stack=nexus/dev");
      await apply(taken, objectsOfSomebodyElse());
      const before = [await writtenTo(taken), await recordedIn(stack)];
      const restore = stack.edit("dev", (config) => Object.assign(config, { "nexus:namespace": taken }));
      const failed = await stack.pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
      restore();
      expect(failed.exitCode).not.toBe(0);
      for (const [object, resource] of [
        ["Deployment nexus-taken/redis", "deployments.apps redis"],
        ["StatefulSet nexus-taken/postgres", "statefulsets.apps postgres"],
        ["Service nexus-taken/workspace-kernel", "services workspace-kernel"],
        ["Secret nexus-taken/nexus-secrets", "secrets nexus-secrets"],
      ]) {
        expect(failed.output).toContain(`${object}: made by kubectl`);
        expect(failed.output).toContain(` -n ${taken} get ${resource} -o yaml --show-managed-fields`);
      }
      expect(failed.output).not.toContain("Namespace");
      expect([await writtenTo(taken), await recordedIn(stack)]).toEqual(before);
      expect(
        await kubectl(taken, "get", "configmaps,jobs", "-l", "app.kubernetes.io/part-of=nexus", "-o", "name"),
      ).toBe("");
      await kubectl(taken, "delete", "namespace", taken, "--wait=false");
    },
    MINUTE,
  );

  test(
    "P1: a cluster that does not answer is reported with its address, within a time limit",
    async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubeconfig-"));
      const kubeconfig = path.join(folder, "config");
      fs.writeFileSync(kubeconfig, DEAD_CLUSTER);
      const restore = stack.edit("staging", (config) => {
        config["nexus:cluster"] = { kind: "context", context: "gone", kubeconfig };
        config["nexus:images"] = {
          ...(config["nexus:images"] as object),
          registry: descriptor.registry,
          builderName: descriptor.builder,
        };
      });
      const failed = await stack.nexus("up", "--stack", "staging", "--yes");
      restore();
      fs.rmSync(folder, { recursive: true });
      expect(failed.exitCode).not.toBe(0);
      expect(failed.output).toContain("127.0.0.1:9 was refused");
      expect(failed.output).toMatch(/context "?gone"?/);
    },
    3 * MINUTE,
  );

  test(
    "A38 B17 D28: a wrong image and a container that ends at once make `up` fail with their names and last log lines, and the old pods keep serving",
    async () => {
      const references = await referencesOf(stack);
      const wrong = references["workspace-kernel"]?.replace(/@sha256:.*/, `@sha256:${"0".repeat(64)}`);
      // The backend, started without its settings, names the missing ones and exits.
      const misplaced = references["graphstudio-backend"];
      const restore = stack.edit("dev", (config) => {
        config["nexus:rollout"] = { deadlineSeconds: 30 };
        config["nexus:images"] = {
          builder: "prebuilt",
          references: { ...references, "workspace-kernel": wrong, "graphstudio-frontend": misplaced },
        };
      });
      const before = await settledPods(NAMESPACE);
      const failed = await stack.nexus("up");
      expect(failed.exitCode).not.toBe(0);
      // The kernel's schema is made first, from the same image.
      expect(failed.output).toMatch(
        /Pod nexus\/workspace-kernel-migrate-\S+: .*(ImagePullBackOff|ErrImagePull).*@sha256:0{64}/,
      );
      expect(failed.output).toMatch(/Pod graphstudio-frontend-\S+, container graphstudio-frontend is not ready/);
      expect(failed.output).toContain("DATABASE_PASSWORD: missing");
      expect((await fetch(`${descriptor.urls.studio}/health`)).status).toBe(200);
      const during = await runningPods(NAMESPACE);
      for (const workload of WORKLOADS)
        expect(podIds(during, workload)).toEqual(expect.arrayContaining(podIds(before, workload)));
      restore();
      await stack.up("dev");
      const after = await settledPods(NAMESPACE);
      for (const workload of WORKLOADS) expect(podIds(after, workload)).toEqual(podIds(before, workload));
      // The Job that could not start was replaced by one that completed.
      const migration = ["get", "job", "workspace-kernel-migrate", "-o", "jsonpath={.status.succeeded}"];
      expect(await kubectl(NAMESPACE, ...migration)).toBe("1");
    },
    12 * MINUTE,
  );
}
