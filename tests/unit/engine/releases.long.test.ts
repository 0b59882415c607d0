import { type Release, releasesIn } from "../../../components/releases/release";
import { EngineCluster } from "../../support/engine-cluster";
import type { EngineStack } from "../../support/engine-stack";

const SPACE = "nexus-runtime";
const recordIn = (space: string) => `/api/v1/namespaces/${space}/configmaps/nexus-runtime-releases`;
const DEPLOYMENT = `/apis/apps/v1/namespaces/${SPACE}/deployments/nexus-runtime`;
const SECRET = "sk-ant-of-the-tests-0123456789";

let cluster: EngineCluster;
let stack: EngineStack;
let failed: ReturnType<typeof failingUpdate>;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  stack = await cluster.stack("dev");
  failed = failingUpdate();
  // The test that waits for it reports the error.
  failed.catch(() => undefined);
});
afterAll(() => cluster?.stop());

const image = (letter: string) => `registry.invalid/nexus/kernel@sha256:${letter.repeat(64)}`;
const settings = (kernel: string, more: object = {}) => {
  const images = { builder: "prebuilt", references: { "workspace-kernel": kernel } };
  // Nobody measures the pods of this cluster, so an autoscaler would ask for none.
  return { topology: "runtime", images, kernel: { autoscaling: null }, ...more };
};
const configure = (kernel: string, more: object = {}) => stack.configure(settings(kernel, more));

/** An update that fails takes all of its deadline, so it runs in a namespace of its own, beside the others. */
async function failingUpdate() {
  const namespace = "failing";
  const other = await cluster.stack(namespace);
  other.configure(settings(image("a"), { namespace }));
  await other.upOk();
  const before = await recorded(namespace);
  cluster.broken.add(image("b"));
  other.configure(settings(image("b"), { namespace, rollout: { deadlineSeconds: 30 } }));
  const { code, output } = await other.up();
  return { code, output, before, after: await recorded(namespace) };
}

async function recorded(space = SPACE): Promise<Release[]> {
  const { data } = await cluster.request<{ data: Record<string, string> }>("GET", recordIn(space));
  return releasesIn(data);
}

interface Running {
  readonly metadata: { readonly uid: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const running = () => cluster.request<Running>("GET", DEPLOYMENT);
const imageOf = ({ spec }: Running) => spec.template.spec.containers[0]?.image;

describe("F7 P4: plain `pulumi up`", () => {
  it("records a release with images and configuration, in the cluster and in the outputs, and none without a change", async () => {
    configure(image("a"), { logLevel: "debug" });
    await stack.upOk();
    const [first, ...others] = await recorded();
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      number: 1,
      by: expect.stringMatching(/./),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      rollbackTo: null,
      images: { "workspace-kernel": image("a") },
      configuration: { "nexus:logLevel": "debug", "nexus:topology": "runtime" },
    });
    const output = JSON.parse(await stack.pulumiOk("stack", "output", "release", "--json")) as Release;
    expect(output).toMatchObject({ number: 1, at: first?.at, commit: first?.commit });
    await stack.pulumiOk("preview", "--expect-no-changes", "--config-file", stack.file);
    await stack.upOk();
    expect(await recorded()).toEqual([first]);
  });

  it("records secrets by their hashes only, in the state too", async () => {
    await stack.pulumiOk("config", "set", "--secret", "nexus:anthropicApiKey", SECRET, "--config-file", stack.file);
    await stack.upOk();
    const [, second] = await recorded();
    expect(second).toMatchObject({ number: 2, secretKeys: ["nexus:anthropicApiKey"] });
    expect(second?.secrets["nexus:anthropicApiKey"]).toMatch(/^[0-9a-f]{12}$/);
    const record = JSON.stringify(await cluster.request("GET", recordIn(SPACE)));
    expect(record).not.toContain(SECRET);
    expect(await stack.pulumiOk("stack", "export")).not.toContain(SECRET);
  });

  it("records nothing when the update fails", async () => {
    const { code, output, before, after } = await failed;
    expect([code, output]).toEqual([expect.any(Number), expect.stringContaining("errored")]);
    expect(code).not.toBe(0);
    expect(before).toHaveLength(1);
    expect(after).toEqual(before);
  });

  it("does not give a number twice, even if somebody deleted the record", async () => {
    await cluster.request("DELETE", recordIn(SPACE));
    configure(image("a"), { logLevel: "debug" });
    await stack.pulumiOk("refresh", "--yes", "--skip-preview", "--config-file", stack.file);
    await stack.upOk();
    expect((await recorded()).map(({ number }) => number)).toEqual([3]);
  });
});

describe("F7 D32: `npm run rollback`", () => {
  it("goes back to images and configuration of a release, from any folder and backend, and replaces nothing", async () => {
    const before = await running();
    configure(image("c"), { logLevel: "info" });
    await stack.upOk();
    const gone = await stack.nexus("rollback", "--to", "1", "--yes");
    expect(gone.code).toBe(1);
    expect(gone.output).toContain("There is no release 1.");
    expect(gone.output).toContain("The recorded ones are 3 to 4. Fix: npm run releases lists them.");
    const { code, output } = await stack.nexus("rollback", "--to", "3", "--yes");
    if (code !== 0) throw new Error(output);
    expect(output).toContain("This is release 3 again.");
    const after = await running();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(imageOf(after)).toBe(image("a"));
    const newest = (await recorded()).at(-1);
    expect(newest).toMatchObject({ number: 5, rollbackTo: 3, configuration: { "nexus:logLevel": "debug" } });
    const list = await stack.nexus("releases");
    expect(list.output).toMatch(/^5 .* rollback to 3; images: workspace-kernel; configuration: .*nexus:logLevel/m);
    // The stack's own file is what the next update deploys.
    await stack.upOk();
    expect(imageOf(await running())).toBe(image("c"));
  });
});

test("F7 D32: `kubectl rollout undo` is told with author, revision and image, and `npm run up` takes it back", async () => {
  const before = await running();
  const releases = await recorded();
  await cluster.kubectl("-n", SPACE, "rollout", "undo", "deployment/nexus-runtime");
  await cluster.kubectl("-n", SPACE, "rollout", "status", "deployment/nexus-runtime");
  const undone = await running();
  expect([imageOf(before), imageOf(undone)]).toEqual([image("c"), image("a")]);
  const revision = undone.metadata.annotations["deployment.kubernetes.io/revision"];
  const now = `Deployment nexus-runtime/nexus-runtime is at revision ${revision} and runs ${image("a")}.`;
  const drift = await stack.nexus("drift");
  expect(drift.code).toBe(2);
  expect(drift.output).toMatch(
    /^Deployment nexus-runtime\/nexus-runtime +spec\.template\.spec\.containers\[name=[\w-]+\]\.image +kubectl +\S+ +npm run up -- --stack dev$/m,
  );
  expect(drift.output).toContain(now);
  const { code, output } = await stack.nexus("up", "--yes");
  if (code !== 0) throw new Error(output);
  expect(output).toMatch(/somebody else changed Deployment nexus-runtime\/nexus-runtime \(kubectl, .*\); reading/);
  expect(output).toContain(now);
  const after = await running();
  expect([imageOf(after), after.metadata.uid]).toEqual([image("c"), before.metadata.uid]);
  // It was no release: what the stack says did not change.
  expect(await recorded()).toEqual(releases);
  expect(await stack.nexus("drift")).toMatchObject({ code: 0 });
});

test("A32: a changed secret replaces the pods that read it, without anybody restarting them", async () => {
  const pods = async () =>
    (await cluster.list("/api/v1/namespaces/nexus-runtime/pods")).map(({ metadata }) => metadata.uid);
  const before = await pods();
  await stack.upOk();
  expect(await pods()).toEqual(before);
  const key = "another-signing-key-of-the-tests-0123456789";
  await stack.pulumiOk("config", "set", "--secret", "nexus:jwtSecretKey", key, "--config-file", stack.file);
  await stack.upOk();
  const after = await pods();
  expect(after.length).toBeGreaterThan(0);
  expect(after.filter((uid) => before.includes(uid))).toEqual([]);
});

test("P4: a mistake of the configuration is told before anything is compared, so sooner than a good preview ends", async () => {
  const preview = async (more: object) => {
    configure(image("a"), more);
    return await stack.pulumi("preview", "--config-file", stack.file);
  };
  const good = await preview({});
  expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/ kubernetes:\S+ \S+ /) });
  const { output } = await preview({ kernel: { autoscaling: null, httpPort: 1 } });
  expect(output).toContain("nexus:kernel.httpPort:");
  expect(output).not.toMatch(/ kubernetes:\S+ \S+ |^ +at /m);
});
