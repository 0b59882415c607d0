import { presetNames } from "../../../config/presets";
import { problems } from "../../support/config";
import { withFix } from "../../support/pulumi-config";

const local = { cluster: { kind: "local" } };
const fixOf = (text: string | undefined) => text?.split("Fix: ")[1] ?? "";

describe("connections to the stack's own database", () => {
  it.each(presetNames)("fit the server as shipped: %s", async (topology) => {
    expect(await problems({ config: { ...local, topology } })).toEqual([]);
  });

  it("are summed over all pods that an update and the autoscaler may make, and the fix cures", async () => {
    const config = { ...local, postgres: { poolSize: 20 } };
    const found = await problems({ config });
    const fix = "pulumi config set --path 'nexus:postgres.poolSize' 19";
    expect(found).toEqual([
      `nexus:postgres.poolSize: "20" makes 300 connections of 15 pods, 11 of them workspace-kernel; the server takes 290. Fix: ${fix}`,
    ]);
    expect(await problems({ config: withFix(config, fix) })).toEqual([]);
    expect(await problems({ config: { ...config, kernel: { autoscaling: { maxReplicas: 9 } } } })).toEqual([]);
  });

  it("can be cured by the size of the pool for the largest stack too", async () => {
    const kernel = { autoscaling: { maxReplicas: 100 } };
    const config = { ...local, kernel, graphstudio: { backend: { replicas: 20 } } };
    const [found] = await problems({ config });
    expect(found).toMatch(/^nexus:postgres.poolSize: "10" makes 1240 connections of 124 pods, 101 of them/);
    expect(await problems({ config: withFix(config, fixOf(found)) })).toEqual([]);
  });

  it("are not counted for a server of somebody else, whose bound nobody knows", async () => {
    const config = { ...local, postgres: { mode: "external", poolSize: 200 } };
    const secrets = { databaseUrl: "postgres://nexus:walnut-tide-58@db.example.com/nexus?sslmode=verify-full" };
    expect(await problems({ config, secrets })).toEqual([]);
  });
});
