import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { copyWorkspace } from "../support/workspace-copy";
import { waitFor } from "../../local/platform/wait";
import { readProcessArguments } from "./process-arguments";
import { descriptor, kubectl, list, pulumi, pulumiOk } from "./platform";
import { getThroughPortForward } from "./port-forward";
import { useStudio } from "./studio";

const NAMESPACE = "nexus";
const STUDIO = descriptor.urls.studio;
const WORKLOADS = ["graphstudio-backend", "graphstudio-frontend", "postgres", "redis", "workspace-kernel"];
const OWN_SERVICES = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend"];
const MINUTE = 60_000;

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Record<string, string> };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
  };
}

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Record<string, string>;
}

let folder: string;

/** Changes a stack file of the copy. */
function editStack(stack: string, change: (config: Record<string, unknown>) => void): void {
  const file = path.join(folder, `Pulumi.${stack}.yaml`);
  const content = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  change(content.config);
  fs.writeFileSync(file, stringify(content));
}

async function runningPods(namespace: string): Promise<Pod[]> {
  const pods = await list<Pod>(namespace, "pods");
  return pods.filter(
    (pod) =>
      WORKLOADS.includes(pod.metadata.labels["app.kubernetes.io/name"] ?? "") && pod.status.phase !== "Succeeded",
  );
}

function podIds(pods: readonly Pod[], workload: string): string[] {
  return pods
    .filter((pod) => pod.metadata.labels["app.kubernetes.io/name"] === workload)
    .map((pod) => pod.metadata.uid)
    .sort();
}

/** The pods once none is on its way in or out and the autoscaler has brought the kernel to its minimum. */
async function settledPods(namespace: string): Promise<Pod[]> {
  return waitFor("Pods that neither start nor end", 120, async () => {
    const pods = await runningPods(namespace);
    const ready = pods.every(
      (pod) => pod.status.containerStatuses?.every((one) => one.ready) && !("deletionTimestamp" in pod.metadata),
    );
    const kernels = podIds(pods, "workspace-kernel").length;
    return ready && kernels >= 2 && pods.length > WORKLOADS.length ? pods : undefined;
  });
}

/** All files that `render` writes for dev, as one text. */
function renderedObjects(out: string): string {
  execFileSync(process.execPath, ["--import", "tsx", "cli/render.ts", "--stack", "dev", "--out", out], { cwd: folder });
  return fs
    .readdirSync(out)
    .map((file) => fs.readFileSync(path.join(out, file), "utf8"))
    .join("\n");
}

async function generatedSecrets(): Promise<string[]> {
  const secrets = await list<Secret>(NAMESPACE, "secrets");
  const values = secrets.flatMap((secret) => Object.values(secret.data ?? {}));
  return [...new Set(values.map((value) => Buffer.from(value, "base64").toString()))].filter(
    (value) => value.length >= 16,
  );
}

beforeAll(async () => {
  folder = copyWorkspace();
  await pulumiOk(folder, "stack", "select", "--create", "dev");
}, MINUTE);

afterAll(async () => {
  await pulumi(folder, "destroy", "--yes", "--skip-preview", "--stack", "dev");
  fs.rmSync(folder, { recursive: true, force: true });
}, 5 * MINUTE);

test(
  "P1 P5 A15 B21: plain `pulumi up --stack dev` deploys the platform and every pod gets ready without a restart",
  async () => {
    const output = await pulumiOk(folder, "up", "--yes", "--skip-preview", "--stack", "dev");
    expect(output).toMatch(/\d+ created/);
    const pods = await settledPods(NAMESPACE);
    expect([...new Set(pods.map((pod) => pod.metadata.labels["app.kubernetes.io/name"]))].sort()).toEqual(WORKLOADS);
    for (const pod of pods)
      expect([pod.metadata.name, pod.status.containerStatuses?.[0]?.restartCount]).toEqual([pod.metadata.name, 0]);
  },
  12 * MINUTE,
);

test(
  "P4: a second `up` changes nothing and rolls nothing",
  async () => {
    const before = await settledPods(NAMESPACE);
    const output = await pulumiOk(folder, "up", "--yes", "--skip-preview", "--stack", "dev");
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(output).not.toMatch(/updated|created|replaced|deleted/);
    const after = await settledPods(NAMESPACE);
    for (const workload of WORKLOADS) expect(podIds(after, workload)).toEqual(podIds(before, workload));
  },
  3 * MINUTE,
);

test(
  "P4: `preview` after `up` shows no change",
  async () => {
    const output = await pulumiOk(folder, "preview", "--stack", "dev", "--expect-no-changes");
    expect(output).toMatch(/\d+ unchanged/);
  },
  MINUTE,
);

test("A18 B24: /health answers through the frontend's NodePort, after asking the kernel", async () => {
  const response = await fetch(`${STUDIO}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ service: "workspace-kernel" });
});

test(
  "B25 A40: kernel and backend answer /health over port-forward",
  async () => {
    for (const service of ["workspace-kernel", "graphstudio-backend"]) {
      const response = await getThroughPortForward(NAMESPACE, `service/${service}`, 3000, "/health");
      expect(await response.json()).toMatchObject({ service });
    }
  },
  MINUTE,
);

test(
  "B26 A39: SELECT 1 as user nexus in postgres-0",
  async () => {
    const answer = await kubectl(
      NAMESPACE,
      "exec",
      "postgres-0",
      "--",
      "psql",
      "-U",
      "nexus",
      "-d",
      "nexus",
      "-tAc",
      "SELECT 1",
    );
    expect(answer.trim()).toBe("1");
  },
  MINUTE,
);

test(
  "B23: every Service has a ready endpoint",
  async () => {
    const services = await list(NAMESPACE, "services");
    interface Slice {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly endpoints?: readonly {
        readonly addresses: readonly string[];
        readonly conditions: { readonly ready?: boolean };
      }[];
    }
    const slices = await list<Slice>(NAMESPACE, "endpointslices");
    expect(services.map((service) => service.metadata.name).sort()).toEqual(expect.arrayContaining(WORKLOADS));
    for (const { metadata } of services) {
      const own = slices.filter((slice) => slice.metadata.labels["kubernetes.io/service-name"] === metadata.name);
      const ready = own.flatMap((slice) => slice.endpoints ?? []).filter((endpoint) => endpoint.conditions.ready);
      expect([metadata.name, ready.length > 0]).toEqual([metadata.name, true]);
    }
  },
  MINUTE,
);

test(
  "A12 P2: a person signs up, creates a workspace and runs code whose state is kept",
  async () => {
    const results = await useStudio(STUDIO, ["let n = 41; n + 1", "n + 1"]);
    expect(results).toEqual(["42", "42"]);
  },
  3 * MINUTE,
);

test(
  "B22 B28: the services' logs are JSON with the agreed fields, say what started, and hold no error",
  async () => {
    for (const service of OWN_SERVICES) {
      const text = await kubectl(NAMESPACE, "logs", "--selector", `app.kubernetes.io/name=${service}`, "--tail=500");
      const entries = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      for (const entry of entries) {
        expect(Object.keys(entry)).toEqual(
          expect.arrayContaining(["timestamp", "level", "service", "message", "workspaceId", "userId"]),
        );
        expect(entry.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
      expect(entries.filter((entry) => entry.level === "error")).toEqual([]);
      const messages = entries.map((entry) => String(entry.message)).join("\n");
      expect(messages).toContain("starting");
      expect(messages).toMatch(/listening on port \d+/);
      if (service !== "graphstudio-frontend") expect(messages).toContain("database connected");
    }
    for (const service of ["postgres", "redis"]) {
      const text = await kubectl(NAMESPACE, "logs", "--selector", `app.kubernetes.io/name=${service}`, "--tail=200");
      expect(text).toMatch(/ready to accept connections/i);
      expect(text).not.toMatch(/^.*\b(ERROR|FATAL|PANIC)\b.*$/m);
    }
  },
  MINUTE,
);

test(
  "A43 C18: a pod that no edge allows reaches neither the database nor the kernel, and the kernel reaches the database",
  async () => {
    const image = `${descriptor.registry}/nexus/workspace-kernel:dev`;
    const connect = (host: string, port: number) =>
      `const s=require("net").connect(${port},"${host}");s.setTimeout(3000,()=>s.destroy(new Error("timeout")));s.on("connect",()=>{console.log("open");process.exit()});s.on("error",(e)=>{console.log("closed",e.message);process.exit()})`;
    const overrides = {
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "stranger",
            image,
            command: ["node", "-e", connect(`postgres.${NAMESPACE}.svc.cluster.local`, 5432)],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          },
        ],
      },
    };
    await kubectl(
      NAMESPACE,
      "run",
      "stranger",
      `--image=${image}`,
      "--restart=Never",
      `--overrides=${JSON.stringify(overrides)}`,
    );
    try {
      await kubectl(NAMESPACE, "wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/stranger", "--timeout=60s");
      expect(await kubectl(NAMESPACE, "logs", "stranger")).toMatch(/^closed/);
    } finally {
      await kubectl(NAMESPACE, "delete", "pod", "stranger", "--grace-period=0", "--force");
    }
    const script = connect(`postgres.${NAMESPACE}.svc.cluster.local`, 5432);
    expect((await kubectl(NAMESPACE, "exec", "deploy/workspace-kernel", "--", "node", "-e", script)).trim()).toBe(
      "open",
    );
  },
  2 * MINUTE,
);

test(
  "E21 A30 A44: no generated secret stands in plain text in state, objects, process arguments or logs",
  async () => {
    const secrets = await generatedSecrets();
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    const objects = "configmaps,deployments,statefulsets,services,jobs,pods,events,endpointslices,networkpolicies";
    const logs = await Promise.all(
      WORKLOADS.map((name) =>
        kubectl(NAMESPACE, "logs", "--selector", `app.kubernetes.io/name=${name}`, "--tail=-1", "--all-containers"),
      ),
    );
    const rendered = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-render-"));
    const places: Record<string, string> = {
      state: await pulumiOk(folder, "stack", "export", "--stack", "dev"),
      outputs: await pulumiOk(folder, "stack", "output", "--json", "--stack", "dev"),
      objects: await kubectl(NAMESPACE, "get", objects, "-o", "json"),
      processes: readProcessArguments(),
      logs: logs.join("\n"),
      rendered: renderedObjects(rendered),
    };
    fs.rmSync(rendered, { recursive: true });
    for (const [place, text] of Object.entries(places)) {
      expect([place, text.length > 0]).toEqual([place, true]);
      const found = secrets.filter(
        (secret) => text.includes(secret) || text.includes(Buffer.from(secret).toString("base64")),
      );
      expect([place, found.length]).toEqual([place, 0]);
    }
  },
  2 * MINUTE,
);

test(
  "P4: one changed line in the kernel's source rolls only the kernel",
  async () => {
    const before = await settledPods(NAMESPACE);
    const file = path.join(folder, "images/workspace-kernel/src/service-name.ts");
    fs.appendFileSync(
      file,
      '\n/** Makes the bundle differ. */\nexport const e2eMarker = process.env.NEXUS_E2E_MARKER ?? "changed";\n',
    );
    const entry = path.join(folder, "images/workspace-kernel/src/server.ts");
    fs.appendFileSync(entry, '\nprocess.title = "workspace-kernel";\n');
    await pulumiOk(folder, "up", "--yes", "--skip-preview", "--stack", "dev");
    const after = await settledPods(NAMESPACE);
    expect(podIds(after, "workspace-kernel")).not.toEqual(podIds(before, "workspace-kernel"));
    for (const workload of WORKLOADS.filter((name) => name !== "workspace-kernel"))
      expect([workload, podIds(after, workload)]).toEqual([workload, podIds(before, workload)]);
  },
  5 * MINUTE,
);

test(
  "A38 D28: a wrong image makes `up` fail, name the image, and leave the old pods serving",
  async () => {
    const original = fs.readFileSync(path.join(folder, "Pulumi.dev.yaml"), "utf8");
    const output = await pulumiOk(folder, "stack", "output", "images", "--json", "--stack", "dev");
    const references = JSON.parse(output) as Record<string, string>;
    const wrong = references["workspace-kernel"]?.replace(/@sha256:.*/, `@sha256:${"0".repeat(64)}`);
    editStack("dev", (config) => {
      config["nexus:images"] = { builder: "prebuilt", references: { ...references, "workspace-kernel": wrong } };
    });
    const before = podIds(await settledPods(NAMESPACE), "workspace-kernel");
    const failed = await pulumi(folder, "up", "--yes", "--skip-preview", "--stack", "dev");
    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toContain("workspace-kernel");
    expect(failed.output).toMatch(/ImagePullBackOff|ErrImagePull|not found/);
    expect((await fetch(`${STUDIO}/health`)).status).toBe(200);
    expect(podIds(await runningPods(NAMESPACE), "workspace-kernel")).toEqual(expect.arrayContaining(before));
    fs.writeFileSync(path.join(folder, "Pulumi.dev.yaml"), original);
    await pulumiOk(folder, "up", "--yes", "--skip-preview", "--stack", "dev");
    expect(podIds(await settledPods(NAMESPACE), "workspace-kernel")).toEqual(before);
  },
  12 * MINUTE,
);

test(
  "P3 P5 X17: staging previews, comes up and is destroyed beside dev, in a namespace of its own",
  async () => {
    editStack("staging", (config) => {
      config["nexus:cluster"] = { kind: "context", context: descriptor.context, kubeconfig: descriptor.kubeconfig };
      config["nexus:namespace"] = "nexus-staging";
      config["nexus:images"] = {
        ...(config["nexus:images"] as object),
        registry: descriptor.registry,
        builderName: descriptor.builder,
      };
    });
    await pulumiOk(folder, "stack", "select", "--create", "staging");
    const preview = await pulumiOk(folder, "preview", "--stack", "staging");
    expect(preview).toMatch(/\d+ to create/);
    await pulumiOk(folder, "up", "--yes", "--skip-preview", "--stack", "staging");
    expect(podIds(await settledPods("nexus-staging"), "workspace-kernel")).toHaveLength(2);
    await pulumiOk(folder, "destroy", "--yes", "--skip-preview", "--stack", "staging");
    expect(await pulumiOk(folder, "stack", "export", "--stack", "staging")).not.toContain('"resources"');
    await expect(kubectl("nexus-staging", "get", "namespace", "nexus-staging")).rejects.toThrow("not found");
  },
  12 * MINUTE,
);

test(
  "P5: `pulumi destroy` leaves no object of the stack",
  async () => {
    await pulumiOk(folder, "destroy", "--yes", "--skip-preview", "--stack", "dev");
    await expect(kubectl(NAMESPACE, "get", "namespace", NAMESPACE)).rejects.toThrow("not found");
    // The volume's folder is deleted after its claim, by a controller.
    await waitFor("The deletion of every volume", 60, async () => {
      const volumes = await kubectl(NAMESPACE, "get", "persistentvolumes", "-o", "name");
      if (volumes) throw new Error(volumes);
      return true;
    });
  },
  5 * MINUTE,
);
