import * as fs from "node:fs";
import * as path from "node:path";
import { kubectl, waitForApiServer } from "../platform/cluster-addons";
import type { PlatformDescriptor } from "../platform/descriptor";
import { hostSecrets } from "../platform/host-secrets";
import { choosePorts, otherStudioPort } from "../platform/identity";
import { type Reporter, reportStep, repositoryRoot, runProgram, waitFor, withLock, writeJsonFile } from "@nexus/host";
import { descriptorFile } from "../platform/layout";
import { ensureToolchain } from "../toolchain";
import type { KindDownload } from "../toolchain/official-kind";
import { clusterPrograms, ensureProgram, type FoundProgram } from "./cluster-programs";
import { DockerEngine, failureLine } from "./docker-engine";
import {
  type KindRecord,
  kubeconfigFile,
  newClusterName,
  readKindRecord,
  registryName,
  writeKindRecord,
} from "./record";

const REGISTRY_IMAGE = "registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e";
const METRICS_FILE = path.join(repositoryRoot, "local/addons/metrics-server.yaml");

export interface StartKindOptions {
  readonly home: string;
  readonly reporter: Reporter;
  /** Whether images are built by the Docker engine itself. @default false */
  readonly docker?: boolean;
  /**
   * Download site of kind.
   * @default its own release
   */
  readonly download?: Omit<KindDownload, "reporter">;
}

export interface StartedKind {
  readonly descriptor: PlatformDescriptor;
  readonly binDir: string;
}

/** One cluster on one Docker engine, and the steps that make it. */
class KindCluster {
  public constructor(
    private readonly home: string,
    private readonly engine: DockerEngine,
    private readonly program: FoundProgram,
    public readonly record: KindRecord,
  ) {}

  private get commands(): (typeof clusterPrograms)[KindRecord["program"]] {
    return clusterPrograms[this.record.program];
  }

  private run({ args, input }: { readonly args: readonly string[]; readonly input?: string }): Promise<string> {
    return runProgram(this.program.file, args, { env: this.engine.environment(kubeconfigFile(this.home)), input });
  }

  private async exists(): Promise<boolean> {
    const lines = (await this.run(this.commands.list)).split("\n");
    return lines.some((line) => line.split(/\s/)[0] === this.record.cluster);
  }

  /** Removes the rest of an interrupted start, which holds ports that the next start needs. */
  public async removeHalf(): Promise<void> {
    if (!this.record.complete && (await this.exists())) await this.run(this.commands.remove(this.record));
  }

  /** Makes the cluster, or starts its node again after the machine or the engine was stopped. */
  public async ensureCluster(): Promise<void> {
    const { cluster, program, ports } = this.record;
    if (this.record.complete && (await this.exists())) {
      await this.engine.run(["start", this.commands.node(this.record)]);
      return;
    }
    try {
      await this.run(this.commands.create(this.record, this.home));
    } catch (error) {
      const line = failureLine(error);
      const taken = /port is already allocated|address already in use|ports are not available/i.test(line);
      const fix = taken
        ? `stop what listens on port ${ports.studio}, or choose another one: NEXUS_STUDIO_PORT=<port> npm run up`
        : "see that Docker has 4 GiB of memory and can reach registry-1.docker.io, then npm run up";
      throw new Error(`${program} cannot make the cluster "${cluster}": ${line}. Fix: ${fix}`);
    }
    writeKindRecord(this.home, { ...this.record, complete: true });
  }

  /** Writes a separate kubeconfig; the user's is not changed. */
  public async writeKubeconfig(): Promise<void> {
    const text = await this.run(this.commands.kubeconfig(this.record));
    fs.writeFileSync(kubeconfigFile(this.home), text, { mode: 0o600 });
  }

  /** Runs a registry in the node's network. The builds push to its port on this machine. */
  public async ensureRegistry(): Promise<void> {
    const name = registryName(this.record);
    const port = this.record.ports.registry;
    const present = await this.engine.run(["container", "ls", "--all", "--quiet", "--filter", `name=^/${name}$`]);
    const network = ["--network", this.commands.network(this.record)];
    const publish = ["--publish", `127.0.0.1:${port}:5000`];
    const create = ["run", "--detach", "--restart", "unless-stopped", "--name", name, ...network, ...publish];
    try {
      await this.engine.run(present.trim() === "" ? [...create, REGISTRY_IMAGE] : ["start", name]);
    } catch (error) {
      throw new Error(
        `The image registry "${name}" cannot be started on port ${port} of localhost: ${failureLine(error)}. ` +
          "Fix: stop what listens on that port, or npm run destroy && npm run up for another one",
      );
    }
    await waitFor(`An answer of the image registry "${name}" at http://localhost:${port}/v2/`, 30, async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}/v2/`);
      if (!ok) throw new Error(`it answered ${status}`);
      return true;
    });
  }

  /**
   * The node pulls from the registry under the name that this machine pushes to. k3d was configured so when it made the
   * cluster.
   */
  public async pointNodeAtRegistry(): Promise<void> {
    if (this.record.program !== "kind") return;
    const folder = `/etc/containerd/certs.d/localhost:${this.record.ports.registry}`;
    const script = `mkdir -p ${folder} && cat > ${folder}/hosts.toml`;
    const input = `[host."http://${registryName(this.record)}:5000"]\n`;
    await this.engine.run(["exec", "--interactive", this.commands.node(this.record), "sh", "-c", script], { input });
  }

  public descriptor(buildSecrets: PlatformDescriptor["buildSecrets"]): PlatformDescriptor {
    const { ports } = this.record;
    return {
      version: 1,
      kind: "kind",
      kubeconfig: kubeconfigFile(this.home),
      context: this.commands.context(this.record),
      registry: `localhost:${ports.registry}`,
      // Uses the engine's own builder, whatever builder the user has selected.
      builder: "default",
      dockerHost: this.engine.host,
      urls: { studio: `http://localhost:${ports.studio}` },
      buildSecrets,
    };
  }
}

/** Metrics for the autoscaler; k3d installs them itself. */
async function ensureMetrics(home: string, binDir: string): Promise<void> {
  const manifests = fs
    .readFileSync(METRICS_FILE, "utf8")
    .replace("docker.io/nexus-local/metrics-server:", "registry.k8s.io/metrics-server/metrics-server:v");
  const file = path.join(home, "metrics-server.yaml");
  fs.writeFileSync(file, manifests);
  await kubectl({ kubeconfig: kubeconfigFile(home) }, binDir)(
    "apply",
    "--server-side",
    "--force-conflicts",
    "-f",
    file,
  );
}

/** The record of the existing cluster, or of the cluster to make; it is written before anything is made. */
async function ensureRecord(home: string, engine: DockerEngine, program: FoundProgram): Promise<KindRecord> {
  const earlier = readKindRecord(home);
  if (earlier?.complete) {
    const other = otherStudioPort(earlier);
    if (other) process.stderr.write(`${other}\n`);
    return earlier;
  }
  const record: KindRecord = {
    program: earlier?.program ?? program.name,
    cluster: earlier?.cluster ?? newClusterName(),
    dockerHost: engine.host,
    ports: await choosePorts(earlier?.ports),
    complete: false,
  };
  writeKindRecord(home, record);
  return record;
}

/**
 * Makes a cluster with a registry on this machine's Docker engine, or starts the existing one of `home`. It does
 * nothing if the cluster runs.
 * @throws Error that names the step that failed, why, and what to do
 */
export async function startKind(options: StartKindOptions): Promise<StartedKind> {
  const waiting = () => process.stderr.write("Waiting for another Nexus command that starts this cluster ...\n");
  return withLock(path.join(options.home, "start.lock"), waiting, () => startUnderLock(options));
}

async function startUnderLock({ home, reporter, docker, download }: StartKindOptions): Promise<StartedKind> {
  const step = <T>(id: string, title: string, work: () => Promise<T>) => reportStep(reporter, id, title, work);
  const earlier = readKindRecord(home);
  const engine = await step("docker", "Docker engine", () => DockerEngine.find(earlier));
  const program = await ensureProgram(reporter, earlier?.program, download);
  const binDir = await ensureToolchain({ reporter, scope: "client", docker });
  if (earlier) await new KindCluster(home, engine, program, earlier).removeHalf();
  const record = await ensureRecord(home, engine, program);
  const cluster = new KindCluster(home, engine, program, record);
  await step("cluster", `Cluster ${record.cluster} (${record.program})`, async () => {
    await cluster.ensureCluster();
    await cluster.writeKubeconfig();
    await waitForApiServer({ kubeconfig: kubeconfigFile(home) }, binDir);
  });
  await step("registry", "Image registry", async () => {
    await cluster.ensureRegistry();
    await cluster.pointNodeAtRegistry();
  });
  if (record.program === "kind") await step("metrics", "Metrics", () => ensureMetrics(home, binDir));
  const descriptor = cluster.descriptor(await hostSecrets(path.join(home, "build-secrets")));
  writeJsonFile(descriptorFile(home), descriptor);
  return { descriptor, binDir };
}
