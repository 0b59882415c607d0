import { signalIfRunning } from "@nexus/host";
import * as fs from "node:fs";
import * as path from "node:path";
import { KUBERNETES_VERSION } from "../../../local/platform/versions";
import { pulumiPrograms } from "../../../local/toolchain/pulumi-programs";
import { SDK_VERSION } from "../../../local/toolchain/shims/sdk-version";

/** What every stand-in does first: it records its arguments, and fails if the test wants that. */
const HEAD = `#!/bin/sh
name=$(basename "$0"); state=STATE
echo "$name $*" >> "$state/commands"
if [ -f "$state/failure" ]; then
  case "$name $*" in "$(head -1 "$state/failure")"*) tail -n +2 "$state/failure" >&2; exit 1 ;; esac
fi
`;

const REGISTRY = `require("node:http").createServer((_, r) => r.end("{}")).listen(Number(process.argv[1]), "127.0.0.1")`;

/** Like the real programs, which change the user's kubeconfig unless another one is named. */
const TOUCH = `mkdir -p "$HOME/.kube"; echo changed > "\${KUBECONFIG:-$HOME/.kube/config}"`;

const SCRIPTS: Readonly<Record<string, string>> = {
  docker: `
case "$*" in
  "context inspect"*) echo unix:///run/test-docker.sock ;;
  version*) echo 29.1.3 ;;
  "container ls --all"*) [ ! -f "$state/registry" ] || echo 0123456789ab ;;
  "container ls"*) [ ! -f "$state/clusters" ] || [ -f "$state/stopped" ] || echo 0123456789cd ;;
  run*)
    port=$(echo "$*" | sed -n 's/.*127.0.0.1:\\([0-9]*\\):5000.*/\\1/p')
    NODE -e '${REGISTRY}' "$port" > /dev/null 2>&1 & echo $! > "$state/registry" ;;
  start*) ;;
  exec*) cat > "$state/exec-input" ;;
  rm*) kill "$(cat "$state/registry")"; rm "$state/registry" ;;
esac`,
  kind: `
case "$*" in
  version) echo "kind $(cat "$state/kind-version") go linux/amd64" ;;
  "get clusters") cat "$state/clusters" 2> /dev/null || echo "No kind clusters found." >&2 ;;
  "create cluster"*) env | grep -E '^(DOCKER_|KIND_)' | sort > "$state/create-environment"
    cat > "$state/create-input"; echo "$4" > "$state/clusters"; TOUCH ;;
  "get kubeconfig"*) echo "kubeconfig of $4" ;;
  "delete cluster"*) rm -f "$state/clusters"; TOUCH
    if [ -f "$state/node" ]; then
      kill "$(cat "$state/node")"; while kill -0 "$(cat "$state/node")" 2> /dev/null; do sleep 0.05; done
    fi ;;
esac`,
  k3d: `
case "$*" in
  version) echo "k3d version v5.8.3" ;;
  "cluster list"*) cat "$state/clusters" 2> /dev/null || true ;;
  "cluster create"*) echo "$3   1/1   0/0   false" > "$state/clusters" ;;
  "kubeconfig get"*) echo "kubeconfig of $3" ;;
  "cluster delete"*) rm -f "$state/clusters"; TOUCH ;;
esac`,
  kubectl: `
case "$*" in
  *"version --client"*) echo '{"clientVersion": {"gitVersion": "${KUBERNETES_VERSION}"}}' ;;
  *" -o json"*) echo '{"items": []}' ;;
  *" apply "*) cp "$(echo "$*" | sed 's/.* -f //')" "$state/applied" ;;
esac`,
  pulumi: `
case "$*" in
  version) echo v${SDK_VERSION} ;;
  "stack select"*) echo "Created stack 'dev'" ;;
  "stack history"*) echo '[]' ;;
  "stack export"*) echo '{"deployment": {"resources": []}}' ;;
  up*) env | grep -E '^(KUBECONFIG|DOCKER_|BUILDX_)' | sort > "$state/up-environment" ;;
esac`,
  "pulumi-language-nodejs": "",
};

/** Programs that work with containers, and Pulumi, as scripts that record their arguments. */
export class ContainerPrograms {
  private readonly bin: string;
  private readonly state: string;

  /** @param folder an empty one */
  public constructor(public readonly folder: string) {
    this.bin = path.join(folder, "bin");
    this.state = path.join(folder, "state");
    for (const one of [this.bin, this.state]) fs.mkdirSync(one);
    this.install("docker", "kind", "kubectl", "pulumi", "pulumi-language-nodejs");
    this.kindVersion("v0.32.0");
  }

  /** Settings under which Nexus finds these programs and nothing else. */
  public environment(studioPort: number): NodeJS.ProcessEnv {
    const cache = path.join(this.folder, "cache");
    for (const { program, version, plugin } of pulumiPrograms.filter((one) => one.plugin?.kind === "resource")) {
      const folder = path.join(cache, `nexus/official/plugins/resource-${plugin?.name}-v${version}`);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, program), "", { mode: 0o755 });
    }
    return {
      PATH: [this.bin, path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter),
      HOME: path.join(this.folder, "user"),
      XDG_CACHE_HOME: cache,
      NEXUS_HOME: this.home,
      NEXUS_STUDIO_PORT: String(studioPort),
      CI: "true",
    };
  }

  /** Folder of the platform's own files. */
  public get home(): string {
    return path.join(this.folder, "home");
  }

  public install(...programs: readonly string[]): void {
    for (const program of programs) {
      const script = HEAD + (SCRIPTS[program] ?? "");
      const text = script
        .replaceAll("STATE", this.state)
        .replaceAll("NODE", process.execPath)
        .replaceAll("TOUCH", TOUCH);
      fs.writeFileSync(path.join(this.bin, program), `${text}\n`, { mode: 0o755 });
    }
  }

  public uninstall(...programs: readonly string[]): void {
    for (const program of programs) fs.rmSync(path.join(this.bin, program));
  }

  public kindVersion(version: string): void {
    fs.writeFileSync(path.join(this.state, "kind-version"), version);
  }

  /** Ends the cluster's node, as a restart of the machine does. */
  public stopNode(): void {
    fs.writeFileSync(path.join(this.state, "stopped"), "");
  }

  /** Makes every command with this beginning fail with this output. */
  public fail(command: string, output: string): void {
    fs.writeFileSync(path.join(this.state, "failure"), `${command}\n${output}\n`);
  }

  public works(): void {
    fs.rmSync(path.join(this.state, "failure"), { force: true });
  }

  /** The commands since the last call, without those that only ask a program for its version. */
  public commands(): string[] {
    const file = path.join(this.state, "commands");
    const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
    fs.rmSync(file, { force: true });
    return lines.filter((line) => !/^(kind|k3d|pulumi) version$|^kubectl version/.test(line));
  }

  /** What a stand-in stored, such as `create-input`; undefined if it stored nothing. */
  public kept(name: string): string | undefined {
    const file = path.join(this.state, name);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
  }

  /** Ends the registry's server, if it runs. */
  public stop(): void {
    const registry = this.kept("registry");
    if (registry !== undefined) signalIfRunning(Number(registry), "SIGTERM");
  }
}
