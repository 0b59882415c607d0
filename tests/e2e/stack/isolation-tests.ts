import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { InstanceLayout } from "../../../local/platform/layout";
import { repositoryRoot, runProgram, TYPESCRIPT_ARGUMENTS, waitFor } from "@nexus/host";
import { apply, descriptor, home, kubectl, list } from "../platform";
import { readProcessArguments } from "../process-arguments";
import type { StackCopy } from "./copy";
import { NAMESPACE, WORKLOADS } from "./pods";

const MINUTE = 60_000;

interface Secret {
  readonly data?: Record<string, string>;
}

/** All files that `render` writes for dev, as one text. */
function renderedObjects(folder: string, out: string): string {
  const render = [...TYPESCRIPT_ARGUMENTS, "cli/render.ts", "--stack", "dev", "--out", out];
  execFileSync(process.execPath, render, { cwd: folder });
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

interface AuditEntry {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
}

function parseEntry(line: string): AuditEntry {
  return JSON.parse(line) as AuditEntry;
}

/** A Node.js program that prints whether a port can be reached. */
function connect(host: string, port: number): string {
  return [
    `const s=require("net").connect(${port},"${host}");s.setTimeout(3000,()=>s.destroy(new Error("timeout")));`,
    `s.on("connect",()=>{console.log("open");process.exit()});`,
    `s.on("error",(e)=>{console.log("closed",e.message);process.exit()})`,
  ].join("");
}

/**
 * A Node.js program: 200 name look-ups per second for eight seconds, each from its own port. One that is lost gets no
 * answer however long it waits; the others may be slow where many stacks start.
 */
const LOOK_UPS = `
  const { Resolver } = require("node:dns/promises");
  const lost = [], all = [], end = Date.now() + 8000;
  const lookUp = () => new Resolver({ timeout: 15_000, tries: 1 }).resolve4("kubernetes.default.svc.cluster.local");
  const timer = setInterval(() => {
    if (Date.now() < end) return all.push(lookUp().catch(({ code }) => lost.push(code)));
    clearInterval(timer);
    Promise.all(all).then(() => console.log(JSON.stringify({ sent: all.length, lost })));
  }, 5);`;

/** How many policies one request changes: on a busy node, each request takes seconds. */
const POLICIES = 5;

/** Policies that select no pod; each round selects by another value. */
function policiesOfNobody(round: number) {
  return Array.from({ length: POLICIES }, (_, number) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `nobody-${number}`, labels: { of: "nobody" } },
    spec: { podSelector: { matchLabels: { nobody: String(round) } }, policyTypes: ["Ingress"] },
  }));
}

/** Connections and reads that must fail. */
export function isolationTests(stack: StackCopy): void {
  test(
    "A43 C18: a pod that no edge allows reaches neither the database nor the kernel, and the kernel reaches the database",
    async () => {
      const image = `${descriptor.registry}/nexus/workspace-kernel:dev`;
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

  test("A43: no pod of the platform but the backend, which deploys for tenants, reaches the Kubernetes API, at its Service or at its node", async () => {
    const { hostname, port } = new URL(InstanceLayout.read(home)?.apiServer ?? "");
    const addresses = [connect("kubernetes.default.svc.cluster.local", 443), connect(hostname, Number(port))];
    const reached = async (workload: string) => {
      const attempts = addresses.map((script) =>
        kubectl(NAMESPACE, "exec", `deploy/${workload}`, "--", "node", "-e", script),
      );
      return (await Promise.all(attempts)).map((said) => said.trim());
    };
    const [kernel, ai, backend] = await Promise.all(
      ["workspace-kernel", "nexus-os", "graphstudio-backend"].map(reached),
    );
    const closed = addresses.map(() => "closed timeout");
    expect([kernel, ai]).toEqual([closed, closed]);
    expect(backend).toEqual(addresses.map(() => "open"));
  });

  test(
    "A40 B30: the documented commands check the health of every service from a throw-away busybox, which does not reach the database",
    async () => {
      const guide = fs.readFileSync(path.join(repositoryRoot, "docs/topologies.md"), "utf8");
      const [documented = ""] = /^kubectl -n nexus run nexus-debug [^`]*/m.exec(guide) ?? [];
      const [start = "", exec = "", end = ""] = documented.split(/^(kubectl -n nexus exec nexus-debug .*\n)/m);
      const shell = (script: string) =>
        runProgram("sh", ["-ec", script], { env: { ...process.env, KUBECONFIG: descriptor.kubeconfig } });
      await shell(start);
      try {
        const [url = ""] = /http:\S+/.exec(exec) ?? [];
        for (const [service, port, answers] of [
          ["workspace-kernel", 3000, "workspace-kernel"],
          ["graphstudio-backend", 3000, "graphstudio-backend"],
          ["graphstudio-frontend", 80, "workspace-kernel"],
          ["nexus-os", 4000, "nexus-os"],
        ]) {
          const answer = await shell(exec.replace(url, `http://${service}:${port}/health`));
          expect(answer).toContain(`"service":"${answers}"`);
        }
        const connect = exec.replace(/ -- .*/, " -- sh -c 'nc -w 3 postgres 5432 -e true || echo closed'");
        expect(await shell(connect)).toContain("closed");
      } finally {
        await shell(end);
      }
    },
    2 * MINUTE,
  );

  test(
    "A43: while policies change, no allowed connection is lost",
    async () => {
      let rounds = 0;
      let running = true;
      const exec = ["exec", "deploy/workspace-kernel", "--", "node", "-e", LOOK_UPS];
      const lookUps = kubectl(NAMESPACE, ...exec).finally(() => (running = false));
      while (running) await apply(NAMESPACE, policiesOfNobody(++rounds));
      await kubectl(NAMESPACE, "delete", "networkpolicy", "--selector", "of=nobody");
      const { sent, lost } = JSON.parse(await lookUps) as { sent: number; lost: string[] };
      expect(lost).toEqual([]);
      expect(sent).toBeGreaterThan(500);
      expect(rounds * POLICIES).toBeGreaterThan(5);
    },
    MINUTE,
  );

  test("A44: the files of etcd contain no generated secret in plain text", async () => {
    const marker = `not-encrypted-${randomUUID()}`;
    await kubectl(NAMESPACE, "create", "configmap", "marker", `--from-literal=value=${marker}`);
    const files = fs.readdirSync(path.join(home, "data/etcd"), { recursive: true, withFileTypes: true });
    const stored = files
      .filter((file) => file.isFile())
      .map((file) => fs.readFileSync(path.join(file.parentPath, file.name)));
    await kubectl(NAMESPACE, "delete", "configmap", "marker");
    const found = (texts: readonly string[]) => texts.filter((text) => stored.some((bytes) => bytes.includes(text)));
    // The API server does not encrypt other objects, so a plain-text Secret would be visible in the same place.
    expect(found([marker])).toEqual([marker]);
    expect(found(["k8s:enc:secretbox:v1:instance:"])).toHaveLength(1);
    const secrets = await generatedSecrets();
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(found(secrets)).toHaveLength(0);
  });

  test("A44 A49: the audit log names who read a Secret or was refused, and contains no value", async () => {
    const stranger = `system:serviceaccount:${NAMESPACE}:default`;
    const read = ["get", "secret", "nexus-secrets", "-o", "name"];
    await kubectl(NAMESPACE, ...read);
    await expect(kubectl(NAMESPACE, ...read, `--as=${stranger}`)).rejects.toThrow("forbidden");
    const file = InstanceLayout.read(home)?.auditLog ?? "";
    const entries = await waitFor("Both entries in the audit log", 10, async () => {
      const all = fs.readFileSync(file, "utf8").trimEnd().split("\n").map(parseEntry);
      const reads = all.filter(
        ({ verb, objectRef }) =>
          verb === "get" && objectRef?.resource === "secrets" && objectRef.name === "nexus-secrets",
      );
      return reads.some(({ impersonatedUser }) => impersonatedUser?.username === stranger) ? reads : undefined;
    });
    const codes = (by: string | undefined) =>
      entries
        .filter(({ user, impersonatedUser }) => user.username === "nexus-admin" && impersonatedUser?.username === by)
        .map(({ responseStatus }) => responseStatus?.code);
    expect(codes(undefined)).toContain(200);
    expect(codes(stranger)).toEqual([403]);
    const text = fs.readFileSync(file, "utf8");
    const values = (await generatedSecrets()).flatMap((value) => [value, Buffer.from(value).toString("base64")]);
    expect(values.filter((value) => text.includes(value))).toHaveLength(0);
    expect(text).not.toMatch(/"(request|response)Object"/);
  });

  test(
    "E21 A30 A44: no generated secret is in plain text in state, objects, process arguments or logs",
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
        state: await stack.pulumiOk("stack", "export", "--stack", "dev"),
        outputs: await stack.pulumiOk("stack", "output", "--json", "--stack", "dev"),
        objects: await kubectl(NAMESPACE, "get", objects, "-o", "json"),
        processes: readProcessArguments(),
        logs: logs.join("\n"),
        rendered: renderedObjects(stack.folder, rendered),
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
}
