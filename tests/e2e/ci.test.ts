import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Deployment } from "./ci/deployment";
import { runJob } from "./ci/github";
import { makeOrigin, Runner } from "./ci/runner";
import { descriptor, kubectl, small } from "./platform";

const MINUTE = 60_000;
const NAMESPACE = "nexus-ci";
const PULL_REQUEST = "https://github.com/example/nexus/pull/1";
const origin = makeOrigin({ ...small, "nexus:namespace": NAMESPACE });
/** The only thing that the runners share: the state, as in a bucket. */
const state = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-ci-state-"));

/** The variables and secrets that the owner of the repository would enter, for the cluster of this run. */
const settings = {
  PULUMI_BACKEND_URL: `file://${state}`,
  NEXUS_CONTEXT: descriptor.context,
  NEXUS_REGISTRY: descriptor.registry,
  NEXUS_REGISTRY_USERNAME: "",
  NEXUS_BUILDER: descriptor.builder,
  NEXUS_HOST: "nexus.example.com",
};
const secrets = {
  PULUMI_ACCESS_TOKEN: "",
  PULUMI_CONFIG_PASSPHRASE: "only of this run",
  NEXUS_KUBECONFIG: fs.readFileSync(descriptor.kubeconfig, "utf8"),
  NEXUS_REGISTRY_PASSWORD: "",
};

const named = (context: string, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${context}.${name}`, value]));
const contexts = {
  ...named("vars", settings),
  ...named("secrets", secrets),
  "github.token": "of-the-job",
  "github.event.pull_request.html_url": PULL_REQUEST,
};

const runners: Runner[] = [];
function newRunner(name: string): Runner {
  const runner = new Runner(name);
  runners.push(runner);
  return runner;
}

afterAll(() => {
  for (const folder of [origin, state]) fs.rmSync(folder, { recursive: true, force: true });
  for (const runner of runners) runner.remove();
});

function prepare(stack: string): Promise<Deployment> {
  const { PULUMI_CONFIG_PASSPHRASE, ...others } = secrets;
  // The file of dev has its own passphrase, which is published.
  const passphrase: Record<string, string> = stack === "dev" ? {} : { PULUMI_CONFIG_PASSPHRASE };
  return Deployment.prepare(stack, newRunner(`Deployments ${stack}`), origin, {
    ...settings,
    ...others,
    ...passphrase,
  });
}

// One stack through its life, from job to job. While a job waits, the next ones are prepared.
test(
  "P5: a pull request gets a preview of staging as a comment",
  async () => {
    const runner = newRunner("GitHub preview");
    const body = path.join(runner.home, "body");
    runner.addProgram("gh", `#!/bin/sh\necho "$GH_TOKEN $*"; cat comment.md > ${body}\n`);
    const { Comment: comment } = await runJob("preview", runner, origin, contexts);
    expect(comment).toBe(`of-the-job pr comment ${PULL_REQUEST} --edit-last --create-if-none --body-file comment.md\n`);
    const text = fs.readFileSync(body, "utf8");
    expect(text).toMatch(/^### Preview of staging\n~~~\n/);
    expect(text).toMatch(/\d+ to create/);
  },
  4 * MINUTE,
);

test(
  "P3 P5: main is deployed by one plain `pulumi up --stack staging`; Pulumi Deployments goes on with the same state, destroys nothing that is protected, then all of it, and previews dev",
  async () => {
    const [{ Update: first }, deployment] = await Promise.all([
      runJob("up", newRunner("GitHub up"), origin, contexts),
      prepare("staging"),
    ]);
    expect(first).toMatch(/\d+ created/);
    // A Deployment is not available for some seconds after its autoscaler has added the second pod.
    const available = ["wait", "deployment", "--all", "--for=condition=Available", "--timeout=120s"];
    expect(await kubectl(NAMESPACE, ...available)).toContain("workspace-kernel condition met");
    const second = await deployment.run("update");
    expect(second).toMatch(/\d+ unchanged/);
    expect(second).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
    await expect(deployment.run("destroy")).rejects.toThrow(/protected/);
    expect(await kubectl(NAMESPACE, ...available)).toContain("workspace-kernel condition met");
    await deployment.run("unprotect");
    const [destroyed, dev] = await Promise.all([deployment.run("destroy"), prepare("dev")]);
    expect(destroyed).toMatch(/\d+ deleted/);
    // It uses the namespace of staging, whose objects it would refuse to take over.
    expect(await dev.run("preview")).toMatch(/\d+ to create/);
    await expect(kubectl(NAMESPACE, "get", "namespace", NAMESPACE)).rejects.toThrow("not found");
  },
  12 * MINUTE,
);
