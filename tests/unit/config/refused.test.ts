import { load, problems } from "../../support/config";
import { withFix } from "../../support/pulumi-config";

const local = { cluster: { kind: "local" } };
type Config = Readonly<Record<string, unknown>>;

/** Runs the commands until there is no problem; fails with the remaining ones. */
async function follow(config: Config, rounds = 4): Promise<void> {
  const [problem] = await problems({ config });
  if (problem === undefined) return;
  if (rounds === 0) throw new Error(problem);
  await follow(withFix(config, problem.split(". Fix: ")[1] ?? ""), rounds - 1);
}

/** The only problem of a configuration, without its fix, which must solve it. */
async function problemOf(config: Config): Promise<string> {
  const [problem = "", ...others] = await problems({ config: { ...local, ...config } });
  expect(others).toEqual([]);
  const [text = "", fix = ""] = problem.split(". Fix: ");
  const fixed = withFix({ ...local, ...config }, fix);
  expect(await problems({ config: fixed })).not.toContain(problem);
  await follow(fixed);
  return text;
}

const ingress = (changes: Config) => ({ networking: { ingress: { host: "nexus.example.com", ...changes } } });
const host = "is not a host name in lower case, without a port and no IP address, such as nexus.example.com";
const key = "is not the key of an annotation: at most 63 letters, digits, - _ . after an optional domain and /";
const named = (longest: number) =>
  `is not a name of at most ${longest} lower-case letters, digits and dashes that begins with a letter`;
const long = "x".repeat(60);

describe("values that the API server would refuse are refused", () => {
  it.each<[string, Config, string]>([
    ["an address as host", ingress({ host: "10.0.0.1" }), `nexus:networking.ingress.host: "10.0.0.1" ${host}`],
    ["an address with zeros", ingress({ host: "010.0.0.1" }), `nexus:networking.ingress.host: "010.0.0.1" ${host}`],
    ["an IPv6 address", ingress({ host: "fd00::1" }), `nexus:networking.ingress.host: "fd00::1" ${host}`],
    [
      "a host of capitals",
      ingress({ host: "Nexus.Example.com" }),
      `nexus:networking.ingress.host: "Nexus.Example.com" ${host}`,
    ],
    [
      "a long label",
      ingress({ host: `${"a".repeat(64)}.com` }),
      `nexus:networking.ingress.host: "${"a".repeat(64)}.com" ${host}`,
    ],
    [
      "a host with two dots",
      ingress({ host: "a..example.com" }),
      `nexus:networking.ingress.host: "a..example.com" ${host}`,
    ],
    [
      "a bad annotation",
      ingress({ annotations: { "bad key!": "x" } }),
      `nexus:networking.ingress.annotations.bad key!: "bad key!" ${key}`,
    ],
    [
      "a long annotation",
      ingress({ annotations: { ["k".repeat(100)]: "x" } }),
      `nexus:networking.ingress.annotations.${"k".repeat(100)}: "${"k".repeat(100)}" ${key}`,
    ],
    [
      "two slashes",
      ingress({ annotations: { "a/b/c": "x" } }),
      `nexus:networking.ingress.annotations.a/b/c: "a/b/c" ${key}`,
    ],
    [
      "an issuer",
      ingress({ tls: { clusterIssuer: "Let's" } }),
      `nexus:networking.ingress.tls.clusterIssuer: "Let's" is not a name of lower-case letters, digits, dashes and dots, such as letsencrypt`,
    ],
    [
      "one port twice",
      { kernel: { serviceHttpPort: 80, serviceWsPort: 80 } },
      `nexus:kernel.serviceWsPort: "80" would be both ports of the Service`,
    ],
    [
      "a Service's port that is the other's default",
      { kernel: { serviceHttpPort: 3001 } },
      `nexus:kernel.serviceHttpPort: "3001" would be both ports of the Service`,
    ],
    [
      "a name whose migration is too long",
      { names: { kernel: long } },
      `nexus:names.kernel: "${long}" ${named(55)}, such as workspace-kernel`,
    ],
    [
      "a name whose revision is too long",
      { names: { postgres: "p".repeat(53) } },
      `nexus:names.postgres: "${"p".repeat(53)}" ${named(52)}, such as postgres`,
    ],
    [
      "a Service that begins with a digit",
      { names: { redis: "2fast" } },
      `nexus:names.redis: "2fast" ${named(63)}, such as redis`,
    ],
    [
      "every namespace's own account",
      { names: { nexusOs: "default" } },
      `nexus:names.nexusOs: "default" ${named(63)}, such as nexus-os`,
    ],
    [
      "the name of a policy",
      { names: { redis: "deny-all" } },
      `nexus:names.redis: "deny-all" is a name that the platform uses itself`,
    ],
    [
      "the name of a migration",
      { names: { redis: "workspace-kernel-migrate" } },
      `nexus:names.redis: "workspace-kernel-migrate" is the migration of names.kernel`,
    ],
    [
      "memory beyond measure",
      { kernel: { limits: { memory: "9999999Gi" } } },
      `nexus:kernel.limits.memory: "9999999Gi" is too much; use 256Mi to 4Ti`,
    ],
    [
      "CPU beyond measure",
      { redis: { limits: { cpu: "99999999999999999999" } } },
      `nexus:redis.limits.cpu: "99999999999999999999" is too much; use 20m to 256`,
    ],
    [
      "a network of bad numbers",
      { postgres: { cidr: "999.0.0.0/8" } },
      `nexus:postgres.cidr: "999.0.0.0/8" is not a network without bits beyond its length, such as 10.0.0.0/16`,
    ],
    [
      "an address in place of a network",
      { redis: { cidr: "10.0.0.1/8" } },
      `nexus:redis.cidr: "10.0.0.1/8" is not a network without bits beyond its length, such as 10.0.0.0/16`,
    ],
    [
      "a storage class",
      { postgres: { storageClass: "Fast Disk" } },
      `nexus:postgres.storageClass: "Fast Disk" is not a name of lower-case letters, digits, dashes and dots, such as standard`,
    ],
    [
      "an image",
      { redis: { image: "Redis:7" } },
      `nexus:redis.image: "Redis:7" is not an image with a version or digest, such as docker.io/library/redis:7.2.16-bookworm`,
    ],
    [
      "an image with half a digest",
      { redis: { image: "redis@sha256:abc" } },
      `nexus:redis.image: "redis@sha256:abc" is not an image with a version or digest, such as docker.io/library/redis:7.2.16-bookworm`,
    ],
    [
      "a long namespace",
      { namespace: "n".repeat(64) },
      `nexus:namespace: "${"n".repeat(64)}" is not a name of at most 63 lower-case letters, digits and dashes, other than default and kube-*, such as nexus`,
    ],
  ])("%s", async (_, config, problem) => {
    expect(await problemOf(config)).toBe(problem);
  });
});

describe("values with which nothing could run are refused", () => {
  it.each<[string, Config, string]>([
    [
      "a kernel",
      { kernel: { limits: { memory: "16Mi" } } },
      `nexus:kernel.limits.memory: "16Mi" is too little; use 256Mi to 4Ti`,
    ],
    [
      "a backend",
      { graphstudio: { backend: { limits: { memory: "16Mi" } } } },
      `nexus:graphstudio.backend.limits.memory: "16Mi" is too little; use 192Mi to 4Ti`,
    ],
    [
      "a database",
      { postgres: { limits: { memory: "16Mi" } } },
      `nexus:postgres.limits.memory: "16Mi" is too little; use 256Mi to 4Ti`,
    ],
    [
      "a cache",
      { redis: { limits: { memory: "1Mi" } } },
      `nexus:redis.limits.memory: "1Mi" is too little; use 32Mi to 4Ti`,
    ],
    [
      "CPU that starts nothing",
      { nexusOs: { limits: { cpu: "1m" } } },
      `nexus:nexusOs.limits.cpu: "1m" is too little; use 50m to 256`,
    ],
    ["a volume", { postgres: { storage: "1Mi" } }, `nexus:postgres.storage: "1Mi" is too little; use 1Gi to 64Ti`],
    [
      "a workspace larger than its pod",
      { kernel: { workspaces: { memoryLimitMb: 2048 } } },
      `nexus:kernel.limits.memory: "2Gi" is less than one workspace needs: 160Mi of the kernel, kernel.cacheSize 128Mi, kernel.workspaces.memoryLimitMb 2048`,
    ],
    [
      "idle workspaces in a small pod",
      { topology: "runtime", kernel: { workspaces: { ephemeralMaxMb: 900 } } },
      `nexus:kernel.limits.memory: "1Gi" is less than one workspace needs: 160Mi of the kernel, kernel.cacheSize 128Mi, kernel.workspaces.memoryLimitMb 32, kernel.workspaces.ephemeralMaxMb 900`,
    ],
    [
      "a cache smaller than what is kept in it",
      { kernel: { cacheSize: "32Mi" } },
      `nexus:kernel.workspaces.cacheMaxMb: "64" is more than kernel.cacheSize "32Mi" holds`,
    ],
    [
      "a probe that nothing answers",
      { kernel: { livenessPath: "/alive" } },
      `nexus:kernel.livenessPath: "/alive" is not known; use /health or /ready`,
    ],
    [
      "pods that an autoscaler decides, which the preset brings",
      { kernel: { replicas: 3 } },
      `nexus:kernel.replicas: "3" contradicts kernel.autoscaling, which runs 2 to 10 pods`,
    ],
    [
      "pods beside an autoscaler",
      { nexusOs: { replicas: 3, autoscaling: { maxReplicas: 4 } } },
      `nexus:nexusOs.replicas: "3" contradicts nexusOs.autoscaling, which runs 1 to 4 pods`,
    ],
    [
      "a target that nothing can be compared with",
      { nexusOs: { limits: { cpu: null }, requests: { cpu: null } } },
      `nexus:nexusOs.limits.cpu: "null" leaves nexusOs.autoscaling.cpuPercent without a request or limit to compare with`,
    ],
  ])("%s", async (_, config, problem) => {
    expect(await problemOf(config)).toBe(problem);
  });
});

describe("the text `null`, as `pulumi config set` writes it, is null", () => {
  it.each<[string, Config, (config: Awaited<ReturnType<typeof load>>) => unknown]>([
    ["kernel.autoscaling", { kernel: { autoscaling: "null" } }, ({ kernel }) => kernel.autoscaling],
    ["kernel.limits.cpu", { kernel: { limits: { cpu: "null" } } }, ({ kernel }) => kernel.limits.cpu],
    ["kernel.serviceHttpPort", { kernel: { serviceHttpPort: "null" } }, ({ kernel }) => kernel.serviceHttpPort],
    ["kernel.logLevel", { kernel: { logLevel: "null" } }, ({ kernel }) => kernel.logLevel],
    [
      "networking.nodePort",
      { topology: "python", networking: { nodePort: "null" } },
      ({ networking }) => networking.nodePort,
    ],
    [
      "networking.ingress",
      { topology: "mono", networking: { ingress: "null" } },
      ({ networking }) => networking.ingress,
    ],
    ["postgres.storageClass", { postgres: { storageClass: "null" } }, ({ postgres }) => postgres.storageClass],
    ["quotas", { quotas: "null" }, ({ quotas }) => quotas],
  ])("%s", async (_, config, read) => {
    expect(read(await load({ config: { ...local, ...config } }))).toBeNull();
  });

  it("and is a text if the key does not allow null", async () => {
    expect(await problemOf({ kernel: { cacheSize: "null" } })).toMatch(/"null" is not an amount of memory/);
  });
});

describe("a similar key is suggested", () => {
  it.each<[string, Config, string]>([
    [
      "of another object of the section",
      { kernel: { maxReplica: 3 } },
      `nexus:kernel.maxReplica: "3" is set under an unknown key; did you mean "kernel.autoscaling.maxReplicas"?`,
    ],
    [
      "of another section",
      { storageClass: "fast" },
      `nexus:storageClass: "fast" is set under an unknown key; did you mean "postgres.storageClass"?`,
    ],
    [
      "of an object above",
      { networking: { ingress: { host: "a.example.com", nodePort: 30_080 } } },
      `nexus:networking.ingress.nodePort: "30080" is set under an unknown key; did you mean "networking.nodePort"?`,
    ],
  ])("%s", async (_, config, problem) => {
    const [found = ""] = await problems({ config: { ...local, ...config } });
    expect(found.split(" Fix: ")[0]).toBe(problem);
  });

  it("and a key with dots that was split into a path gets the command that quotes it", async () => {
    const annotations = { "cert-manager": { "io/issuer": "main" } };
    const config = ingress({ annotations });
    expect(await problemOf(config)).toMatch(/is not text; a key with dots needs quotes in its path$/);
    const [, fix = ""] = (await problems({ config: { ...local, ...config } }))[0]?.split(". Fix: ") ?? [];
    expect(withFix({ ...local, ...config }, fix)).toMatchObject(
      ingress({ annotations: { "cert-manager.io/issuer": "main" } }),
    );
  });
});
