import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { endLeftoverPlugins } from "../../../local/platform/leftover-plugins";
import { waitFor } from "@nexus/host";

let home: string;
let plugin: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-plugins-"));
  plugin = path.join(home, "pulumi-resource-kubernetes");
  fs.copyFileSync(execFileSync("which", ["sleep"]).toString().trim(), plugin);
});
afterEach(() => fs.rmSync(home, { recursive: true }));

/** The process id of a plugin whose parent has ended. */
function leaveBehind(pulumiHome: string): number {
  const env = { ...process.env, PULUMI_HOME: pulumiHome };
  return Number(execFileSync("sh", ["-c", `${plugin} 60 >/dev/null 2>&1 & echo $!`], { env }).toString());
}

const runs = (pid: number) =>
  fs.existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));

test("P4: plugins that a killed update left behind are ended, but not those of another home or of a running Pulumi", async () => {
  const left = leaveBehind(path.join(home, "pulumi"));
  const foreign = leaveBehind("/somewhere/else/pulumi");
  const engine = path.join(home, "pulumi");
  fs.copyFileSync(execFileSync("which", ["bash"]).toString().trim(), engine);
  const running = spawn(engine, ["-c", `${plugin} 60 & echo $!; wait`], {
    env: { ...process.env, PULUMI_HOME: engine },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const child = await new Promise<number>((resolve) => running.stdout.once("data", (text) => resolve(Number(text))));
  try {
    endLeftoverPlugins(home);
    await waitFor("The end of the plugin that was left", 10, async () => (runs(left) ? undefined : true));
    expect([runs(foreign), runs(child)]).toEqual([true, true]);
  } finally {
    for (const pid of [foreign, child]) process.kill(pid);
    running.kill();
  }
});
