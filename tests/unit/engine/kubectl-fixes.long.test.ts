import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { loadContext } from "@nexus/discovery";
import { runProgram } from "@nexus/host";
import { pulumiFolder } from "../../support/engine-stack";

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus kubectl's-"))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A kubeconfig whose context "prod" names a cluster. */
function write(file: string, cluster: string, clusters: readonly object[]): string {
  const at = path.join(folder, file);
  const context = { name: "prod", context: { cluster, user: "me" } };
  const config = { apiVersion: "v1", kind: "Config", clusters, users: [{ name: "me", user: {} }], contexts: [context] };
  fs.writeFileSync(at, JSON.stringify(config));
  return at;
}

/** Runs the command that a message names, with the real kubectl and a host in the place of the message's. */
async function runFix(message: string, environment: Record<string, string>): Promise<void> {
  const command = message.slice(message.indexOf("Fix: ") + 5).replace("<host>", "api.example.com");
  const env = { ...process.env, HOME: folder, PATH: `${pulumiFolder()}:${process.env.PATH ?? ""}`, ...environment };
  await runProgram("sh", ["-c", command], { env });
}

const failure = async (named?: string) => {
  const error = await loadContext("prod", named).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as Error).message;
};

describe.each([
  ["is missing", () => []],
  ["has no URL", (name: string) => [{ name, cluster: { server: "localhost:6443" } }]],
])("the fix of a cluster that %s cures", (_what, clusters) => {
  it.each(["prod-cluster", "arn:aws:eks:eu-1:1:cluster/prod", "it's $HOME; prod"])(
    "in a named file: %s",
    async (name) => {
      const file = write("a config", name, clusters(name));
      await runFix(await failure(file), {});
      expect((await loadContext("prod", file)).getCurrentCluster()?.server).toBe("https://api.example.com:6443");
    },
  );

  it("in one of the files of KUBECONFIG", async () => {
    const file = write("config", "prod-cluster", clusters("prod-cluster"));
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = `${path.join(folder, "missing")}:${file}`;
    try {
      await runFix(await failure(), { KUBECONFIG: process.env.KUBECONFIG });
      expect((await loadContext("prod")).getCurrentCluster()?.server).toBe("https://api.example.com:6443");
    } finally {
      if (before === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = before;
    }
  });
});
