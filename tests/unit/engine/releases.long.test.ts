import { type Release, releasesIn } from "../../../components/releases/release";
import { EngineCluster } from "../../support/engine-cluster";

const RECORD = "/api/v1/namespaces/nexus-runtime/configmaps/nexus-runtime-releases";
const DEPLOYMENT = "/apis/apps/v1/namespaces/nexus-runtime/deployments/nexus-runtime";
const SECRET = "sk-ant-of-the-tests-0123456789";

let cluster: EngineCluster;
let file: string;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  await cluster.pulumiOk("stack", "init");
});
afterAll(() => cluster?.stop());

const image = (letter: string) => `registry.invalid/nexus/kernel@sha256:${letter.repeat(64)}`;
const configure = (kernel: string, more: object = {}) => {
  const images = { builder: "prebuilt", references: { "workspace-kernel": kernel } };
  // Nobody measures the pods of this cluster, so an autoscaler would ask for none.
  file = cluster.write("stack", { topology: "runtime", images, kernel: { autoscaling: null }, ...more });
};
const up = () => cluster.pulumi("up", "--yes", "--skip-preview", "--config-file", file);
const upOk = async () => expect(await up()).toMatchObject({ code: 0 });

async function recorded(): Promise<Release[]> {
  const { data } = await cluster.request<{ data: Record<string, string> }>("GET", RECORD);
  return releasesIn(data);
}

interface Running {
  readonly metadata: { readonly uid: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

describe("F7 P4: plain `pulumi up`", () => {
  it("records a release with images and configuration, in the cluster and in the outputs, and none without a change", async () => {
    configure(image("a"), { logLevel: "debug" });
    await upOk();
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
    const output = JSON.parse(await cluster.pulumiOk("stack", "output", "release", "--json")) as Release;
    expect(output).toMatchObject({ number: 1, at: first?.at, commit: first?.commit });
    await cluster.pulumiOk("preview", "--expect-no-changes", "--config-file", file);
    await upOk();
    expect(await recorded()).toEqual([first]);
  });

  it("records secrets by their hashes only, in the state too", async () => {
    await cluster.pulumiOk("config", "set", "--secret", "nexus:anthropicApiKey", SECRET, "--config-file", file);
    await upOk();
    const [, second] = await recorded();
    expect(second).toMatchObject({ number: 2, secretKeys: ["nexus:anthropicApiKey"] });
    expect(second?.secrets["nexus:anthropicApiKey"]).toMatch(/^[0-9a-f]{12}$/);
    const record = JSON.stringify(await cluster.request("GET", RECORD));
    expect(record).not.toContain(SECRET);
    expect(await cluster.pulumiOk("stack", "export")).not.toContain(SECRET);
  });

  it("records nothing when the update fails", async () => {
    const before = await recorded();
    cluster.broken.add(image("b"));
    configure(image("b"), { rollout: { deadlineSeconds: 30 } });
    expect(await up()).not.toMatchObject({ code: 0 });
    expect(await recorded()).toEqual(before);
  });

  it("does not give a number twice, even if somebody deleted the record", async () => {
    await cluster.request("DELETE", RECORD);
    configure(image("a"), { logLevel: "debug" });
    await cluster.pulumiOk("refresh", "--yes", "--skip-preview", "--config-file", file);
    await upOk();
    expect((await recorded()).map(({ number }) => number)).toEqual([3]);
  });
});

describe("F7 D32: `npm run rollback`", () => {
  it("goes back to images and configuration of a release, from any folder and backend, and replaces nothing", async () => {
    const before = await cluster.request<Running>("GET", DEPLOYMENT);
    configure(image("c"), { logLevel: "info" });
    await upOk();
    const gone = await cluster.nexus("rollback", "--to", "1", "--yes", "--config-file", file);
    expect(gone.code).toBe(1);
    expect(gone.output).toContain("There is no release 1.");
    expect(gone.output).toContain("The recorded ones are 3 to 4. Fix: npm run releases lists them.");
    const { code, output } = await cluster.nexus("rollback", "--to", "3", "--yes", "--config-file", file);
    if (code !== 0) throw new Error(output);
    expect(output).toContain("This is release 3 again.");
    const after = await cluster.request<Running>("GET", DEPLOYMENT);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec.template.spec.containers[0]?.image).toBe(image("a"));
    const newest = (await recorded()).at(-1);
    expect(newest).toMatchObject({ number: 5, rollbackTo: 3, configuration: { "nexus:logLevel": "debug" } });
    const list = await cluster.nexus("releases", "--config-file", file);
    expect(list.output).toMatch(/^5 .* rollback to 3; images: workspace-kernel; configuration: .*nexus:logLevel/m);
    // The stack's own file is what the next update deploys.
    await upOk();
    expect((await cluster.request<Running>("GET", DEPLOYMENT)).spec.template.spec.containers[0]?.image).toBe(
      image("c"),
    );
  });
});

test("A32: a changed secret replaces the pods that read it, without anybody restarting them", async () => {
  const pods = async () =>
    (await cluster.list("/api/v1/namespaces/nexus-runtime/pods")).map(({ metadata }) => metadata.uid);
  const before = await pods();
  await upOk();
  expect(await pods()).toEqual(before);
  const key = "another-signing-key-of-the-tests-0123456789";
  await cluster.pulumiOk("config", "set", "--secret", "nexus:jwtSecretKey", key, "--config-file", file);
  await upOk();
  const after = await pods();
  expect(after.length).toBeGreaterThan(0);
  expect(after.filter((uid) => before.includes(uid))).toEqual([]);
});
