import { problems } from "../../support/config";
import { withFix } from "../../support/pulumi-config";

const local = { cluster: { kind: "local" } };

interface Case {
  readonly what: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly problem: string;
}

describe("values that contradict each other", () => {
  const cases: Case[] = [
    {
      what: "fewest and most pods",
      config: { kernel: { autoscaling: { minReplicas: 12 } } },
      problem: `nexus:kernel.autoscaling.minReplicas: "12" is above kernel.autoscaling.maxReplicas "10". Fix: pulumi config set --path 'nexus:kernel.autoscaling.minReplicas' 10`,
    },
    {
      what: "two servers on one port",
      config: { kernel: { httpPort: 3001 } },
      problem: `nexus:kernel.wsPort: "3001" is kernel.httpPort as well. Fix: pulumi config set --path 'nexus:kernel.wsPort' 3002`,
    },
    {
      what: "a request above its limit",
      config: { kernel: { requests: { memory: "4Gi" } } },
      problem: `nexus:kernel.requests.memory: "4Gi" is above the limit of "2Gi". Fix: pulumi config set --path 'nexus:kernel.requests.memory' 2Gi`,
    },
    {
      what: "a cache as large as the pod",
      config: { kernel: { cacheSize: "2Gi" } },
      problem: `nexus:kernel.limits.memory: "2Gi" is less than one workspace needs: 160Mi of the kernel, kernel.cacheSize 2Gi, kernel.workspaces.memoryLimitMb 32. Fix: pulumi config set --path 'nexus:kernel.limits.memory' 2240Mi`,
    },
    {
      what: "keys of an issuer that is not named",
      config: { auth: { jwksUrl: "https://login.example.com/keys" } },
      problem: `nexus:auth.issuer: is missing; auth.jwksUrl applies only to the tokens of an issuer. Fix: pulumi config set --path 'nexus:auth.issuer' https://login.example.com`,
    },
    {
      what: "the audience of an issuer that is not named",
      config: { auth: { audience: "nexus" } },
      problem: `nexus:auth.issuer: is missing; auth.audience applies only to the tokens of an issuer. Fix: pulumi config set --path 'nexus:auth.issuer' https://login.example.com`,
    },
    {
      what: "mails without a sender",
      config: { graphstudio: { backend: { mailHost: "smtp", studioUrl: "https://nexus.example.com" } } },
      problem: `nexus:graphstudio.backend.mailFrom: is missing; mails need it, and graphstudio.backend.mailHost is set. Fix: pulumi config set --path 'nexus:graphstudio.backend.mailFrom' nexus@example.com`,
    },
    {
      what: "mails whose links lead nowhere",
      config: { graphstudio: { backend: { mailHost: "smtp", mailFrom: "nexus@example.com" } } },
      problem: `nexus:graphstudio.backend.studioUrl: is missing; mails need it, and graphstudio.backend.mailHost is set. Fix: pulumi config set --path 'nexus:graphstudio.backend.studioUrl' https://studio.example.com`,
    },
    {
      what: "a default plan that nobody defined",
      config: { plans: { default: "gold" } },
      problem: `nexus:plans.default: "gold" is not the name of a plan; use free, team or unlimited. Fix: pulumi config set --path 'nexus:plans.default' free`,
    },
    {
      what: "a plan whose name fits no token",
      config: { plans: { definitions: { Gold: {} } } },
      problem: `nexus:plans.definitions.Gold: "Gold" is not a name of lower-case letters, digits and dashes. Fix: pulumi config rm --path 'nexus:plans.definitions.Gold'`,
    },
    {
      what: "a plan whose time is shorter than one execution",
      config: { plans: { definitions: { free: { executionSecondsPerDay: 4 } } } },
      problem: `nexus:plans.definitions.free.executionSecondsPerDay: "4" lets no code run: one execution may take kernel.workspaces.executionTimeoutMs "5000". Fix: pulumi config set --path 'nexus:plans.definitions.free.executionSecondsPerDay' 5`,
    },
    {
      what: "prepared handlers that the cache has no room for",
      config: { kernel: { workspaces: { cacheMaxMb: 200 } } },
      problem: `nexus:kernel.workspaces.cacheMaxMb: "200" is more than kernel.cacheSize "128Mi" holds. Fix: pulumi config set --path 'nexus:kernel.workspaces.cacheMaxMb' 128`,
    },
    {
      what: "an average of workspaces that pods never hold",
      config: { kernel: { autoscaling: { activeWorkspaces: { average: 50 } } } },
      problem: `nexus:kernel.autoscaling.activeWorkspaces.average: "50" is never exceeded, because one pod holds at most kernel.workspaces.perPod "50". Fix: pulumi config set --path 'nexus:kernel.autoscaling.activeWorkspaces.average' 35`,
    },
    {
      what: "the AI in two places",
      config: { kernel: { ai: true } },
      problem: `nexus:kernel.ai: "true" contradicts nexusOs.enabled, which serves the same paths. Fix: pulumi config set --path 'nexus:kernel.ai' false`,
    },
    {
      what: "the AI without the cache that counts its budgets",
      config: { topology: "runtime", kernel: { ai: true } },
      problem: `nexus:kernel.ai: "true" needs the cache, and redis.mode is "none". Fix: pulumi config set --path 'nexus:redis.mode' builtin`,
    },
    {
      what: "an answer that is longer by default than it may be",
      config: { ai: { maxTokens: 100 } },
      problem: `nexus:ai.defaultMaxTokens: "1024" is above ai.maxTokens "100". Fix: pulumi config set --path 'nexus:ai.defaultMaxTokens' 100`,
    },
    {
      what: "a context beside the local platform",
      config: { cluster: { kind: "local", context: "team-a" } },
      problem: `nexus:cluster.context: "team-a" contradicts cluster.kind "local". Fix: pulumi config rm --path 'nexus:cluster.context'`,
    },
  ];
  it.each(cases)("are both named, and the command corrects them: $what", async ({ config, problem }) => {
    expect(await problems({ config: { ...local, ...config } })).toEqual([problem]);
    const [, fix = ""] = / Fix: (.*)$/.exec(problem) ?? [];
    expect(await problems({ config: withFix({ ...local, ...config }, fix) })).toEqual([]);
  });

  it("reports only missing references if images are prebuilt", async () => {
    const found = await problems({ config: { ...local, images: { builder: "prebuilt" } } });
    expect(found).toEqual(
      ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"].map(
        (service) =>
          `nexus:images.references.${service}: is missing; images.builder "prebuilt" takes this image by digest. ` +
          `Fix: pulumi config set --path 'nexus:images.references.${service}' <registry>/<image>@sha256:<digest>`,
      ),
    );
  });
});
