import { waitFor } from "@nexus/host";
import { build } from "esbuild";
import { apply, kubectl } from "./platform";

/** Image of stand-ins that are programs of ours. */
export const NODE_IMAGE = "node:24.21.0-bookworm-slim";

/** A program that replaces a system outside of the stack. */
export interface StandIn {
  /** A namespace that is created for it and removed afterwards. */
  readonly namespace: string;
  /** Name of its pod and Service. */
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Contents of `/etc/stand-in` by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Port that it listens on, behind the same port of its Service. */
  readonly port: number;
  /** Memory that it may use. */
  readonly memory?: string;
}

/** A program with all that it imports, as one file. */
export async function bundleOf(entry: string): Promise<string> {
  const settings = { bundle: true, minify: true, platform: "node", write: false } as const;
  const { outputFiles } = await build({ ...settings, entryPoints: [entry] });
  return outputFiles[0]?.text ?? "";
}

/**
 * Lets a workload of a stack reach a stand-in. The owner of the cluster must add this: the stack's own policies allow only
 * public addresses.
 */
export function edgeTo({ namespace, name, port }: StandIn, workload: string): object {
  const to = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name },
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": workload } },
      policyTypes: ["Egress"],
      egress: [{ to, ports: [{ protocol: "TCP", port }] }],
    },
  };
}

function objectsOf({ name, image, command, files, port, memory = "128Mi" }: StandIn): object[] {
  const labels = { "app.kubernetes.io/name": name };
  const container = {
    name,
    image,
    command,
    ports: [{ containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 60 },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [{ name: "files", mountPath: "/etc/stand-in" }],
  };
  const spec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container],
    volumes: [{ name: "files", configMap: { name } }],
  };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: files },
    { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec },
    { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: labels, ports: [{ port }] } },
  ];
}

/** Runs a stand-in until `use` has ended. */
export async function withStandIn<T>(standIn: StandIn, use: () => Promise<T>): Promise<T> {
  const { namespace, name } = standIn;
  // The pod of an earlier test may still be stopping.
  await waitFor(`A new namespace ${namespace}`, 60, async () => {
    await kubectl(namespace, "create", "namespace", namespace);
    return true;
  });
  try {
    // A pod is refused until the namespace has its ServiceAccount.
    await waitFor(`The account of the namespace ${namespace}`, 30, () => kubectl(namespace, "get", "sa", "default"));
    await apply(namespace, objectsOf(standIn));
    await kubectl(namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
    return await use();
  } finally {
    await kubectl(namespace, "delete", "namespace", namespace, "--wait=false");
  }
}
