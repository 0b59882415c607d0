import { pinned, thirdPartyImages } from "@nexus/contract";
import { load, problems, staging } from "../../support/config";
import { ENCRYPTED_VALUE } from "../../../config/inputs";
import { withFix } from "../../support/pulumi-config";
import { NexusError } from "@nexus/host";

const local = { cluster: { kind: "local" } };

interface Case {
  readonly what: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly problem: string;
}

describe("D25: an invalid value", () => {
  const cases: Case[] = [
    {
      what: "memory without a unit, as a number",
      config: { kernel: { limits: { memory: 512 } } },
      problem: `nexus:kernel.limits.memory: "512" has no unit; use Mi or Gi. Fix: pulumi config set --path 'nexus:kernel.limits.memory' 512Mi`,
    },
    {
      what: "memory without a unit, as a text",
      config: { redis: { limits: { memory: "512" } } },
      problem: `nexus:redis.limits.memory: "512" has no unit; use Mi or Gi. Fix: pulumi config set --path 'nexus:redis.limits.memory' 512Mi`,
    },
    {
      what: "memory with a unit that Kubernetes does not have",
      config: { kernel: { cacheSize: "128MB" } },
      problem: `nexus:kernel.cacheSize: "128MB" is not an amount of memory; use Mi or Gi, such as 512Mi. Fix: pulumi config set --path 'nexus:kernel.cacheSize' 128Mi`,
    },
    {
      what: "an amount of CPU that is none",
      config: { graphstudio: { backend: { limits: { cpu: "half" } } } },
      problem: `nexus:graphstudio.backend.limits.cpu: "half" is not an amount of CPU; use cores (0.5) or thousandths of one (500m). Fix: pulumi config set --path 'nexus:graphstudio.backend.limits.cpu' 500m`,
    },
    {
      what: "a number out of range",
      config: { networking: { nodePort: 80 } },
      problem: `nexus:networking.nodePort: "80" is out of range; use 30000 to 32767. Fix: pulumi config set --path 'nexus:networking.nodePort' 30080`,
    },
    {
      what: "a text where a number belongs",
      config: { kernel: { autoscaling: { maxReplicas: "many" } } },
      problem: `nexus:kernel.autoscaling.maxReplicas: "many" is not a whole number; use 1 to 100. Fix: pulumi config rm --path 'nexus:kernel.autoscaling.maxReplicas' && pulumi config set --path 'nexus:kernel.autoscaling.maxReplicas' 10`,
    },
    {
      what: "a word where true or false belongs",
      config: { features: { trilog: "yes" } },
      problem: `nexus:features.trilog: "yes" is neither true nor false. Fix: pulumi config rm --path 'nexus:features.trilog' && pulumi config set --path 'nexus:features.trilog' true`,
    },
    {
      what: "a word for false",
      config: { features: { trilog: "no" } },
      problem: `nexus:features.trilog: "no" is neither true nor false. Fix: pulumi config rm --path 'nexus:features.trilog' && pulumi config set --path 'nexus:features.trilog' false`,
    },
    {
      what: "a number in quotes",
      config: { networking: { nodePort: "31000" } },
      problem: `nexus:networking.nodePort: "31000" is a text; write the number without quotes. Fix: pulumi config rm --path 'nexus:networking.nodePort' && pulumi config set --path 'nexus:networking.nodePort' 31000`,
    },
    {
      what: "a key that was set without --path",
      config: { "rollout.deadlineSeconds": "60" },
      problem: `nexus:rollout.deadlineSeconds: was set without --path, so it is not a key of an object. Fix: pulumi config rm nexus:rollout.deadlineSeconds && pulumi config set --path 'nexus:rollout.deadlineSeconds' 60`,
    },
    {
      what: "a list that is a text",
      config: { compose: { shop: { files: "apps/c.yaml" } } },
      problem: `nexus:compose.shop.files: "apps/c.yaml" is not a list. Fix: pulumi config rm --path 'nexus:compose.shop.files' && pulumi config set --path 'nexus:compose.shop.files[0]' apps/c.yaml`,
    },
    {
      what: "a number in quotes of a service with a dot in its name",
      config: { compose: { shop: { files: ["a.yaml"], services: { "my.api": { replicas: "2" } } } } },
      problem: `nexus:compose.shop.services["my.api"].replicas: "2" is a text; write the number without quotes. Fix: pulumi config rm --path 'nexus:compose.shop.services["my.api"].replicas' && pulumi config set --path 'nexus:compose.shop.services["my.api"].replicas' 2`,
    },
    {
      what: "a word for true of a service",
      config: { compose: { shop: { files: ["a.yaml"], services: { api: { ingress: { enabled: "yes" } } } } } },
      problem: `nexus:compose.shop.services.api.ingress.enabled: "yes" is neither true nor false. Fix: pulumi config rm --path 'nexus:compose.shop.services.api.ingress.enabled' && pulumi config set --path 'nexus:compose.shop.services.api.ingress.enabled' true`,
    },
    {
      what: "a type of a Service that does not exist",
      config: { compose: { shop: { files: ["a.yaml"], services: { api: { service_type: "nodeport" } } } } },
      problem: `nexus:compose.shop.services.api.service_type: "nodeport" is not known; use ClusterIP, NodePort or LoadBalancer. Fix: pulumi config set --path 'nexus:compose.shop.services.api.service_type' NodePort`,
    },
    {
      what: "an amount of a service that is none",
      config: {
        compose: { shop: { files: ["a.yaml"], services: { api: { resources: { limits: { memory: "much" } } } } } },
      },
      problem: `nexus:compose.shop.services.api.resources.limits.memory: "much" is not an amount of memory such as 512Mi. Fix: pulumi config rm --path 'nexus:compose.shop.services.api.resources.limits.memory'`,
    },
    {
      what: "a log level that does not exist",
      config: { logLevel: "debgu" },
      problem: `nexus:logLevel: "debgu" is not known; use debug, info, warn or error. Fix: pulumi config set nexus:logLevel debug`,
    },
    {
      what: "a word where true or false belongs, at the top",
      config: { logPretty: "maybe" },
      problem: `nexus:logPretty: "maybe" is neither true nor false. Fix: pulumi config set nexus:logPretty true`,
    },
    {
      what: "more concurrent calls than a pod takes",
      config: { kernel: { workspaces: { httpMaxConcurrent: 2000 } } },
      problem: `nexus:kernel.workspaces.httpMaxConcurrent: "2000" is out of range; use 1 to 1000. Fix: pulumi config set --path 'nexus:kernel.workspaces.httpMaxConcurrent' 10`,
    },
    {
      what: "a topology that does not exist",
      config: { topology: "ful" },
      problem: `nexus:topology: "ful" is not known; use full, python, mono or runtime. Fix: pulumi config set nexus:topology full`,
    },
    {
      what: "a namespace that Kubernetes refuses",
      config: { namespace: "My_Team" },
      problem: `nexus:namespace: "My_Team" is not a name of at most 63 lower-case letters, digits and dashes, other than default and kube-*, such as nexus. Fix: pulumi config set nexus:namespace my-team`,
    },
    {
      what: "a namespace of the cluster's own",
      config: { namespace: "kube-system" },
      problem: `nexus:namespace: "kube-system" is not a name of at most 63 lower-case letters, digits and dashes, other than default and kube-*, such as nexus. Fix: pulumi config set nexus:namespace nexus`,
    },
    {
      what: "an image without a version",
      config: { postgres: { image: "postgres" } },
      problem: `nexus:postgres.image: "postgres" is not an image with a version or digest, such as docker.io/library/postgres:15.18-bookworm. Fix: pulumi config set --path 'nexus:postgres.image' ${pinned(thirdPartyImages.postgres)}`,
    },
    {
      what: "a word where an object belongs",
      config: { kernel: "big" },
      problem: `nexus:kernel: "big" is not an object; set the keys in it. Fix: pulumi config rm nexus:kernel`,
    },
    {
      what: "an Ingress without its host",
      config: { networking: { ingress: {} } },
      problem: `nexus:networking.ingress.host: is missing; use a host name in lower case, without a port and no IP address. Fix: pulumi config set --path 'nexus:networking.ingress.host' nexus.example.com`,
    },
  ];
  it.each(cases)(
    "is reported with the key, the value and the command that corrects it: $what",
    async ({ config, problem }) => {
      expect(await problems({ config: { ...local, ...config } })).toEqual([problem]);
    },
  );

  it.each(cases.filter(({ problem }) => !problem.includes("<")))("is corrected by that command: $what", async (one) => {
    const { config, problem } = one;
    const [, fix = ""] = / Fix: (.*)$/.exec(problem) ?? [];
    expect(await problems({ config: withFix({ ...local, ...config }, fix) })).toEqual([]);
  });
});

describe("an encrypted value in an object", () => {
  const inObject = (value: object) => problems({ config: local, secrets: { postgres: JSON.stringify(value) } });
  const text = "is encrypted, which hides all of nexus:postgres; a secret has a key of its own";

  it("is named by its key, and the command removes that key only", async () => {
    const path = "nexus:postgres.storage";
    expect(await inObject({ storage: "5Gi" })).toEqual([`${path}: ${text}. Fix: pulumi config rm --path '${path}'`]);
    expect(await inObject({ limits: { cpu: "1" }, storage: ENCRYPTED_VALUE })).toEqual([
      `${path}: ${text}. Fix: pulumi config rm --path '${path}'`,
    ]);
  });

  it("among others, where it is unknown which one, is not guessed, and none is shown", async () => {
    expect(await inObject({ storage: "5Gi", image: "hush" })).toEqual([
      `nexus:postgres.<key>: ${text}. Fix: pulumi config rm --path 'nexus:postgres.<key>'`,
    ]);
  });
});

test("a misspelt namespace is reported", async () => {
  const found = await problems({ config: local, others: { "Nexus:topology": "mono", "kubernetes:context": "x" } });
  expect(found).toEqual([
    "nexus:topology: was set as Nexus:topology, which is not a key of Nexus. Fix: pulumi config rm Nexus:topology",
  ]);
});

describe("an unknown key", () => {
  const cases: Case[] = [
    {
      what: "a section",
      config: { kernle: { replicas: 1 } },
      problem: `nexus:kernle: "{"replicas":1}" is set under an unknown key; did you mean "kernel"? Fix: pulumi config rm nexus:kernle`,
    },
    {
      what: "inside a section",
      config: { kernel: { replcas: 3 } },
      problem: `nexus:kernel.replcas: "3" is set under an unknown key; did you mean "replicas"? Fix: pulumi config rm --path 'nexus:kernel.replcas' && pulumi config set --path 'nexus:kernel.replicas' 3`,
    },
    {
      what: "inside a section, with a number as a text",
      config: { postgres: { storageClas: "5" } },
      problem: `nexus:postgres.storageClas: "5" is set under an unknown key; did you mean "storageClass"? Fix: pulumi config rm --path 'nexus:postgres.storageClas' && pulumi config set --type string --path 'nexus:postgres.storageClass' 5`,
    },
    {
      what: "beside the similar one",
      config: { kernel: { replcas: 3, replicas: 2, autoscaling: null } },
      problem: `nexus:kernel.replcas: "3" is set under an unknown key; did you mean "replicas"? Fix: pulumi config rm --path 'nexus:kernel.replcas'`,
    },
    {
      what: "of a value that a command cannot have",
      config: { kernel: { limts: { memory: "1Gi" } } },
      problem: `nexus:kernel.limts: "{"memory":"1Gi"}" is set under an unknown key; did you mean "limits"? Fix: pulumi config rm --path 'nexus:kernel.limts'`,
    },
    {
      what: "that is near nothing",
      config: { quotas: { gpu: 1 } },
      problem: `nexus:quotas.gpu: "1" is set under an unknown key; known are requestsCpu, requestsMemory, limitsCpu, limitsMemory, pods and volumeClaims. Fix: pulumi config rm --path 'nexus:quotas.gpu'`,
    },
  ];
  it.each(cases)("is refused with a similar key: $what", async ({ config, problem }) => {
    expect(await problems({ config: { ...local, ...config } })).toEqual([problem]);
  });

  it("never shows an encrypted value that was set under a misspelt name", async () => {
    expect(await problems({ secrets: { openaiApiKye: "sk-very-secret" } })).toEqual([
      `nexus:openaiApiKye: "[secret]" is set under an unknown key; did you mean "openaiApiKey"? Fix: pulumi config rm nexus:openaiApiKye`,
    ]);
  });
});

describe("all problems together", () => {
  it("are thrown once, as an error without a stack trace", async () => {
    const config = { ...local, kernel: { limits: { memory: 1 }, wsPort: 3000 }, redis: { x: 1 }, logLevel: "loud" };
    const error: unknown = await load({ config }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NexusError);
    expect((error as NexusError).message.split("\n")).toEqual([
      "The configuration of stack dev has 4 problems:",
      `  nexus:logLevel: "loud" is not known; use debug, info, warn or error. Fix: pulumi config set nexus:logLevel debug`,
      `  nexus:kernel.limits.memory: "1" has no unit; use Mi or Gi. Fix: pulumi config set --path 'nexus:kernel.limits.memory' 256Mi`,
      `  nexus:redis.x: "1" is set under an unknown key; known are mode, cidr, caCertificate, image, requests and limits. Fix: pulumi config rm --path 'nexus:redis.x'`,
      `  nexus:kernel.wsPort: "3000" is kernel.httpPort as well. Fix: pulumi config set --path 'nexus:kernel.wsPort' 3001`,
    ]);
  });
});

describe("P3: the stacks", () => {
  it("are dev and staging; any other name is refused", async () => {
    await expect(load({ stack: "production" })).rejects.toThrow(
      'There is no stack "production"; Nexus has exactly two: dev and staging.\n  Fix: pulumi stack select dev',
    );
  });

  it("load without a problem in their minimal form", async () => {
    expect(await problems({})).toEqual([]);
    expect(await problems({ stack: "staging", config: staging })).toEqual([]);
  });
});
