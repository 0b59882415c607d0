import { load, machine, platform, problems } from "../../support/config";

describe("the cluster", () => {
  it("must have been started if the stack uses the local platform", async () => {
    const none = { ...machine, platform: () => undefined };
    expect(await problems({ machine: none })).toEqual([
      `nexus:cluster.kind: "local" needs the local platform, and there is no /platform/platform.json. Fix: npm run up`,
    ]);
  });

  it("must be of the kind that the stack sets; auto accepts the existing one", async () => {
    const made = { ...machine, platform: () => ({ ...platform, kind: "kind" as const }) };
    expect(await problems({ machine: made })).toEqual([
      `nexus:cluster.kind: "local" contradicts /platform/platform.json, which describes a kind cluster. Fix: npm run destroy && npm run up`,
    ]);
    expect(await problems({ config: { cluster: { kind: "kind" } } })).toEqual([
      `nexus:cluster.kind: "kind" contradicts /platform/platform.json, which describes the local platform. Fix: npm run destroy && npm run up`,
    ]);
    const none = { ...machine, platform: () => undefined };
    expect(await problems({ config: { cluster: { kind: "kind" } }, machine: none })).toEqual([
      `nexus:cluster.kind: "kind" needs a kind cluster, and there is no /platform/platform.json. Fix: npm run up`,
    ]);
    for (const kind of ["auto", "kind"])
      expect((await load({ config: { cluster: { kind } }, machine: made })).cluster.local).toBe(true);
  });

  it("provides its builder: that of the local platform for every stack, that of a Docker engine for stacks on kind", async () => {
    const made = { ...machine, platform: () => ({ ...platform, kind: "kind" as const, builder: "default" }) };
    const elsewhere = { cluster: { kind: "context", context: "team-a" }, images: { registry: "registry.example.com" } };
    expect((await load({ config: elsewhere })).images.builderName).toBe("nexus");
    expect((await load({ config: elsewhere, machine: made })).images.builderName).toBeUndefined();
    const { images } = await load({ config: { cluster: { kind: "auto" } }, machine: made });
    expect(images).toMatchObject({ builderName: "default", registry: "localhost:5000" });
  });

  it("is never the current context: a missing name is an error that lists the choices", async () => {
    expect(
      await problems({ config: { cluster: { kind: "context" }, images: { registry: "registry.example.com" } } }),
    ).toEqual([
      `nexus:cluster.context: is missing; name the cluster's context (the kubeconfig has team-a, team-b). Fix: pulumi config set --path 'nexus:cluster.context' team-a`,
    ]);
  });

  it("must be a context that the kubeconfig has", async () => {
    const config = { cluster: { kind: "context", context: "team-z" }, images: { registry: "registry.example.com" } };
    expect(await problems({ config })).toEqual([
      `nexus:cluster.context: "team-z" is not in the kubeconfig; the kubeconfig has team-a, team-b. Fix: pulumi config set --path 'nexus:cluster.context' team-a`,
    ]);
  });

  it("is local for dev by default", async () => {
    const { cluster } = await load({ config: {} });
    expect(cluster).toMatchObject({ local: true, context: "nexus-local", kubeconfig: "/platform/kubeconfig" });
  });
});
