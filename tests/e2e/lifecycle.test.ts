import { execFileSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { InstanceLayout } from "../../local/platform/layout";
import { mountsBelow } from "../../local/platform/host-traces";
import { runningDaemon } from "../../local/platform/daemon-status";
import { startPlatform } from "../../local/platform/start";
import { stopPlatform } from "../../local/platform/stop";
import { runProgram, waitFor } from "@nexus/host";
import { silentReporter } from "../support/silent-reporter";

const MINUTE = 60_000;
const home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-instance-"));

afterAll(() => stopPlatform({ home, deleteData: true }), MINUTE);

/** The machine's lists of everything that an instance may leave outside its namespaces. */
function traces(layout: InstanceLayout) {
  const { id } = layout.identity;
  const processes = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`${layout.home}/overlay`);
      } catch {
        return false;
      }
    });
  const cgroups = execFileSync("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", layout.cgroup]).toString();
  return {
    processes,
    mounts: mountsBelow(layout.home),
    interfaces: fs.readdirSync("/sys/class/net").filter((name) => name.startsWith(`nx${id}`)),
    cgroups: cgroups.split("\n").filter(Boolean),
    sockets: fs.existsSync(layout.runDir) ? fs.readdirSync(layout.runDir) : [],
  };
}

/** The controller of this instance answers; no Ingress matches the request. */
async function expectIngressController({ ingressUrl = "" }: InstanceLayout): Promise<void> {
  const answer = await waitFor("An answer of the ingress controller", 60, () => fetch(ingressUrl));
  expect([answer.status, await answer.text()]).toEqual([404, "404 page not found\n"]);
}

const NOTHING = { processes: [], mounts: [], interfaces: [], cgroups: [], sockets: [] };

test("a studio port that another program uses is reported before anything is started", async () => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const other = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-port-"));
  await expect(startPlatform({ home: other, reporter: silentReporter, studioPort: port })).rejects.toThrow(
    `Port ${port} of localhost, wanted for the studio, is taken by another program. Fix: stop that program, or choose`,
  );
  server.close();
  expect(InstanceLayout.read(other)).toBeUndefined();
  fs.rmSync(other, { recursive: true });
});

test("a disk that is too full is reported with free and required space, before anything is started", async () => {
  const full = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-full-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", full]);
  try {
    await expect(startPlatform({ home: full, reporter: silentReporter, studioPort: "any" })).rejects.toThrow(
      `${full} has 0.0 GiB free; the local platform needs 3 GiB. Fix: free some, or set NEXUS_HOME`,
    );
    expect(fs.readdirSync(full)).toEqual([]);
  } finally {
    execFileSync("umount", [full]);
    fs.rmdirSync(full);
  }
});

test(
  "an instance beside another starts, leaves nothing after kill -9 of its daemon, starts again with its data, and stops completely",
  async () => {
    const first = await startPlatform({ home, reporter: silentReporter, studioPort: "any" });
    const kubectl = (...args: string[]) =>
      runProgram(path.join(first.binDir, "kubectl"), ["--kubeconfig", first.layout.kubeconfig, ...args]);
    await kubectl("create", "configmap", "kept", "--from-literal=a=1");
    await kubectl("create", "secret", "generic", "kept", "--from-literal=a=2");
    await expectIngressController(first.layout);
    expect(traces(first.layout).interfaces).toHaveLength(1);

    process.kill(runningDaemon(first.layout) ?? 0, "SIGKILL");
    await waitFor("The end of every process of the node", 20, async () =>
      traces(first.layout).processes.length === 0 && traces(first.layout).interfaces.length === 0 ? true : undefined,
    );
    expect(traces(first.layout)).toMatchObject({ processes: [], mounts: [], interfaces: [] });

    const second = await startPlatform({ home, reporter: silentReporter, studioPort: "any" });
    const kept = (kind: string) => kubectl("get", kind, "kept", "-o", "jsonpath={.data.a}");
    expect(await kept("configmap")).toBe("1");
    // Read with the key that encrypted it.
    expect(Buffer.from(await kept("secret"), "base64").toString()).toBe("2");
    expect(second.layout.ingressUrl).toBe(first.layout.ingressUrl);
    await expectIngressController(second.layout);

    await stopPlatform({ home, deleteData: true });
    expect(traces(second.layout)).toEqual(NOTHING);
    expect(fs.existsSync(home)).toBe(false);
  },
  8 * MINUTE,
);
