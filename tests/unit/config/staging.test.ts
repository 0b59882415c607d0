import { problems, staging } from "../../support/config";
import { withFix } from "../../support/pulumi-config";

const key = "k".repeat(32);
const generate = (name: string) => `pulumi config set --stack staging --secret nexus:${name} "$(openssl rand -hex 32)"`;

function ofStaging(config: Readonly<Record<string, unknown>>) {
  return problems({ stack: "staging", config: { ...staging, ...config } });
}

describe("X17: staging counts as production and refuses", () => {
  it.each(["local", "kind", "auto"])("a cluster of one machine: %s", async (kind) => {
    expect(await ofStaging({ cluster: { kind } })).toEqual([
      `nexus:cluster.kind: "${kind}" is for dev; staging needs the named context of a cluster. Fix: pulumi config set --stack staging --path 'nexus:cluster.kind' context`,
    ]);
  });

  it("to start without a context", async () => {
    expect(await ofStaging({ cluster: { kind: "context" } })).toEqual([
      `nexus:cluster.context: is missing; name the cluster's context (the kubeconfig has team-a, team-b). Fix: pulumi config set --stack staging --path 'nexus:cluster.context' team-a`,
    ]);
  });

  it("to start without a registry", async () => {
    expect(await ofStaging({ images: { builder: "buildkit" } })).toEqual([
      `nexus:images.registry: is missing; images need a registry that the cluster can pull from. Fix: pulumi config set --stack staging --path 'nexus:images.registry' <host>/<path>`,
    ]);
  });

  it("A43: to run without network policies", async () => {
    expect(await ofStaging({ networking: { networkPolicies: false } })).toEqual([
      `nexus:networking.networkPolicies: "false" lets every pod of the cluster in; staging refuses it. Fix: pulumi config set --stack staging --path 'nexus:networking.networkPolicies' true`,
    ]);
  });

  it("A42: an Ingress without TLS", async () => {
    expect(await ofStaging({ networking: { ingress: { host: "nexus.example.com" } } })).toEqual([
      `nexus:networking.ingress.tls: "null" serves passwords over plain HTTP; staging refuses it. Fix: pulumi config rm --stack staging --path 'nexus:networking.ingress.tls' && pulumi config set --stack staging --path 'nexus:networking.ingress.tls.secretName' nexus-tls`,
    ]);
  });

  it.each([null, "all"])("this cluster for tenants that nobody named: %s", async (ownTenants) => {
    expect(await ofStaging({ clusters: { own: true, ownTenants, ownServers: "10.1.0.10/32" } })).toEqual([
      `nexus:clusters.ownTenants: "${ownTenants}" names nobody who may deploy to this cluster; staging needs the ids of tenants. Fix: pulumi config set --stack staging --path 'nexus:clusters.ownTenants' <id>,<id>`,
    ]);
  });

  it("this cluster for tenants without the address of its API server", async () => {
    const ownTenants = "0195c3f4-8a2b-4c1d-9e5f-7a6b8c9d0e1f";
    expect(await ofStaging({ clusters: { own: true, ownTenants } })).toEqual([
      `nexus:clusters.ownServers: "null" lets the backend connect to every private network; staging needs the address of the API server. Fix: pulumi config set --stack staging --path 'nexus:clusters.ownServers' <address>/32`,
    ]);
    expect(await ofStaging({ clusters: { own: true, ownTenants, ownServers: "10.1.0.10/32" } })).toEqual([]);
  });

  it("A48: to run without quotas", async () => {
    expect(await ofStaging({ quotas: null })).toEqual([
      `nexus:quotas: "null" lets the namespace take the whole cluster; staging refuses it. Fix: pulumi config rm --stack staging nexus:quotas && pulumi config set --stack staging --path 'nexus:quotas.pods' 50`,
    ]);
  });
});

describe("the commands of staging's messages", () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["quotas", { quotas: "null" }],
    ["TLS", { networking: { ingress: { host: "nexus.example.com", tls: "null" } } }],
    ["the Ingress of a topology", { topology: "python" }],
    ["tokens of a topology", { topology: "mono", networking: { ingress: null } }],
    ["policies", { networking: { networkPolicies: false } }],
  ])("correct the problem, also if the value is the text null: %s", async (_, given) => {
    const config = { ...staging, ...given };
    const [problem = "", ...others] = await problems({ stack: "staging", config });
    expect(others).toEqual([]);
    const fix = problem.split(". Fix: ")[1]?.replaceAll(" --stack staging", "") ?? "";
    expect(await problems({ stack: "staging", config: withFix(config, fix) })).toEqual([]);
  });
});

describe("secrets that users set", () => {
  it("A31 A41: are refused on staging when they are published sample values", async () => {
    const secrets = {
      jwtSecretKey: "dev-secret-key-change-in-production-please",
      databasePassword: "nexus-dev-password",
    };
    expect(await problems({ stack: "staging", secrets })).toEqual([
      `nexus:jwtSecretKey: can be guessed: it looks like a sample or repeats itself; staging refuses it. Fix: ${generate("jwtSecretKey")}`,
      `nexus:databasePassword: can be guessed: it looks like a sample or repeats itself; staging refuses it. Fix: ${generate("databasePassword")}`,
      `nexus:databasePassword: has 18 characters; use at least 32. Fix: ${generate("databasePassword")}`,
    ]);
    expect(await problems({ stack: "dev", secrets })).toEqual([]);
  });

  it("must have at least 32 characters if they sign sessions", async () => {
    expect(await problems({ secrets: { jwtSecretKey: "short" } })).toEqual([
      'nexus:jwtSecretKey: has 5 characters; use at least 32. Fix: pulumi config set --secret nexus:jwtSecretKey "$(openssl rand -hex 32)"',
    ]);
    expect(await problems({ secrets: { jwtSecretKey: key } })).toEqual([]);
  });

  it("are refused if they are not valid in a header", async () => {
    expect(await problems({ secrets: { openaiApiKey: "sk-1234 and a comment" } })).toEqual([
      "nexus:openaiApiKey: is not the key alone, without spaces or line breaks. Fix: pulumi config set --secret nexus:openaiApiKey <key>",
    ]);
  });

  it("must be encrypted in the stack's file", async () => {
    expect(await problems({ config: { cluster: { kind: "local" }, openaiApiKey: "sk-plain" } })).toEqual([
      "nexus:openaiApiKey: is stored in plain text. Fix: pulumi config set --secret nexus:openaiApiKey <value>",
    ]);
  });

  it("need the user of the registry", async () => {
    const images = { ...staging.images, registryUsername: "robot" };
    expect(await problems({ stack: "staging", config: { ...staging, images } })).toEqual([
      'nexus:registryPassword: is missing; images.registryUsername "robot" logs in with it. Fix: pulumi config set --stack staging --secret nexus:registryPassword <password>',
    ]);
    expect(await problems({ stack: "staging", secrets: { registryPassword: "walnut-tide-58" } })).toEqual([
      "nexus:images.registryUsername: is missing; the secret registryPassword needs a user. Fix: pulumi config set --stack staging --path 'nexus:images.registryUsername' <user>",
    ]);
  });
});
