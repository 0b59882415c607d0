import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { STUDIO_PORT } from "../platform/identity";
import { type Reporter, runProgram } from "@nexus/host";
import { downloadedKind, type KindDownload, officialKind } from "../toolchain/official-kind";
import { type KindRecord, type ProgramName, registryName } from "./record";

interface Command {
  readonly args: readonly string[];
  readonly input?: string;
}

/** What kind and k3d are asked to do, with the arguments of each. */
interface ClusterProgram {
  /** Names of all clusters; each is the first word of a line. */
  readonly list: Command;
  /** @param home folder for files that the program reads */
  readonly create: (record: KindRecord, home: string) => Command;
  /** Prints the kubeconfig. */
  readonly kubeconfig: (record: KindRecord) => Command;
  readonly remove: (record: KindRecord) => Command;
  readonly context: (record: KindRecord) => string;
  /** Docker network of the nodes. */
  readonly network: (record: KindRecord) => string;
  /** Container of the one node. */
  readonly node: (record: KindRecord) => string;
}

const kind: ClusterProgram = {
  list: { args: ["get", "clusters"] },
  create: ({ cluster, ports }) => ({
    args: ["create", "cluster", "--name", cluster, "--wait", "3m", "--config", "-"],
    input: stringify({
      kind: "Cluster",
      apiVersion: "kind.x-k8s.io/v1alpha4",
      nodes: [
        {
          role: "control-plane",
          extraPortMappings: [
            { containerPort: STUDIO_PORT, hostPort: ports.studio, listenAddress: "127.0.0.1", protocol: "TCP" },
          ],
        },
      ],
    }),
  }),
  kubeconfig: ({ cluster }) => ({ args: ["get", "kubeconfig", "--name", cluster] }),
  remove: ({ cluster }) => ({ args: ["delete", "cluster", "--name", cluster] }),
  context: ({ cluster }) => `kind-${cluster}`,
  network: () => "kind",
  node: ({ cluster }) => `${cluster}-control-plane`,
};

const k3d: ClusterProgram = {
  list: { args: ["cluster", "list", "--no-headers"] },
  create: (record, home) => {
    const { cluster, ports } = record;
    const registries = path.join(home, "registries.yaml");
    const endpoint = [`http://${registryName(record)}:5000`];
    fs.writeFileSync(registries, stringify({ mirrors: { [`localhost:${ports.registry}`]: { endpoint } } }));
    return {
      args: [
        "cluster",
        "create",
        cluster,
        "--no-lb",
        "--wait",
        "--timeout",
        "180s",
        "--registry-config",
        registries,
        // Nexus installs its own ingress controller; the one of k3s would use port 80.
        "--k3s-arg",
        "--disable=traefik@server:0",
        "--port",
        `127.0.0.1:${ports.studio}:${STUDIO_PORT}@server:0:direct`,
        "--kubeconfig-update-default=false",
        "--kubeconfig-switch-context=false",
      ],
    };
  },
  kubeconfig: ({ cluster }) => ({ args: ["kubeconfig", "get", cluster] }),
  remove: ({ cluster }) => ({ args: ["cluster", "delete", cluster] }),
  context: ({ cluster }) => `k3d-${cluster}`,
  network: ({ cluster }) => `k3d-${cluster}`,
  node: ({ cluster }) => `k3d-${cluster}-server-0`,
};

export const clusterPrograms: Readonly<Record<ProgramName, ClusterProgram>> = { kind, k3d };

/** From this version on, nodes read the registries from files. */
const FIRST_KIND = [0, 27] as const;

export interface FoundProgram {
  readonly name: ProgramName;
  readonly file: string;
}

async function foundKind(): Promise<boolean> {
  const text = await runProgram("kind", ["version"]).catch(() => "");
  const [major = 0, minor = 0] = (/(?<!\d)(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  return major > FIRST_KIND[0] || (major === FIRST_KIND[0] && minor >= FIRST_KIND[1]);
}

async function foundK3d(): Promise<boolean> {
  return (await runProgram("k3d", ["version"]).catch(() => "")) !== "";
}

/**
 * The program that makes a cluster without any download: the user's kind, else the user's k3d, else a kind that was
 * downloaded before.
 * @param wanted the program that made the existing cluster
 * @throws Error if that is k3d, which is not downloaded, and it is no longer installed
 */
export async function presentProgram(wanted?: ProgramName): Promise<FoundProgram | undefined> {
  if (wanted !== "k3d" && (await foundKind())) return { name: "kind", file: "kind" };
  if (wanted !== "kind" && (await foundK3d())) return { name: "k3d", file: "k3d" };
  if (wanted === "k3d")
    throw new Error("k3d made this cluster and is not on PATH. Fix: install k3d (https://k3d.io), then run this again");
  const downloaded = downloadedKind();
  return downloaded === undefined ? undefined : { name: "kind", file: downloaded };
}

/**
 * As {@link presentProgram}, but downloads kind if there is none.
 * @throws Error that says what to install if the download fails
 */
export async function ensureProgram(
  reporter: Reporter,
  wanted?: ProgramName,
  download?: Omit<KindDownload, "reporter">,
): Promise<FoundProgram> {
  const present = await presentProgram(wanted);
  return present ?? { name: "kind", file: await officialKind({ ...download, reporter }) };
}
