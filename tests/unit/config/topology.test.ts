import { makeCertificate } from "@nexus/testkit/certificate";
import { presetNames } from "../../../config/presets";
import { load, problems, staging } from "../../support/config";

const local = { cluster: { kind: "local" } };
const of = (config: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>> = {}) =>
  problems({ config: { ...local, ...config }, secrets });

describe.each(presetNames)("X1: the topology %s", (topology) => {
  it("is complete and free of contradictions on dev", async () => {
    const config = await load({ config: { ...local, topology } });
    expect(config).toMatchObject({ topology, kernel: { workspaces: { perPod: 50 } } });
  });

  it("X17: is valid on staging with an Ingress with TLS, and with tokens", async () => {
    const networking = { ingress: { host: "nexus.example.com", tls: {} } };
    const config = { ...staging, topology, networking, auth: { enabled: true } };
    expect(await problems({ stack: "staging", config })).toEqual([]);
  });

  it("is overridden by the stack, in every part", async () => {
    const own = {
      namespace: "team-a",
      names: { kernel: "engine" },
      kernel: { httpPort: 9000, autoscaling: { minReplicas: 3 } },
      graphstudio: { frontend: { enabled: true, replicas: 2 } },
      networking: { ingress: null, policyScope: "namespace" },
    };
    expect(await load({ config: { ...local, topology, ...own } })).toMatchObject(own);
  });
});

describe("X6: without a backend", () => {
  const mono = { ...staging, topology: "mono" };
  const ingress = { host: "nexus.example.com", tls: {} };

  it("mono has one default tenant on dev, and staging refuses that unless its own file says so", async () => {
    const networking = { ingress };
    expect((await load({ config: { ...local, topology: "mono" } })).auth.enabled).toBe(false);
    expect(await problems({ stack: "staging", config: { ...mono, networking } })).toEqual([
      `nexus:auth.enabled: "false" comes from the topology "mono" and lets everybody in; staging accepts it only from its own file. Fix: pulumi config set --stack staging --path 'nexus:auth.enabled' true`,
    ]);
    for (const enabled of [true, false])
      expect(await problems({ stack: "staging", config: { ...mono, networking, auth: { enabled } } })).toEqual([]);
  });

  it.each([
    ["issuer", "https://login.example.com"],
    ["jwksUrl", "https://login.example.com/jwks.json"],
  ])("an %s needs tokens to be checked", async (key, value) => {
    expect(await of({ topology: "mono", auth: { [key]: value } })).toEqual([
      `nexus:auth.enabled: "false" contradicts auth.${key}, which says who signs tokens. Fix: pulumi config set --path 'nexus:auth.enabled' true`,
    ]);
  });
});

describe("services that need one another", () => {
  it("are reported if one is missing", async () => {
    expect(await of({ redis: { mode: "none" } })).toEqual([
      `nexus:redis.mode: "none" leaves graphstudio.backend without the server that it needs. Fix: pulumi config set --path 'nexus:redis.mode' builtin`,
      `nexus:redis.mode: "none" leaves nexusOs without the server that it needs. Fix: pulumi config set --path 'nexus:redis.mode' builtin`,
    ]);
    expect(await of({ postgres: { mode: "none" } })).toEqual([
      `nexus:postgres.mode: "none" leaves graphstudio.backend without the server that it needs. Fix: pulumi config set --path 'nexus:postgres.mode' builtin`,
    ]);
  });

  it("cannot have the same name", async () => {
    expect(await of({ names: { nexusOs: "workspace-kernel", registry: "nexus-secrets" } })).toEqual([
      `nexus:names.nexusOs: "workspace-kernel" is names.kernel as well. Fix: pulumi config set --path 'nexus:names.nexusOs' workspace-kernel-2`,
      `nexus:names.registry: "nexus-secrets" is names.secrets as well. Fix: pulumi config set --path 'nexus:names.registry' nexus-secrets-2`,
    ]);
  });

  it("D16: have a minimum below their maximum", async () => {
    expect(await of({ kernel: { workspaces: { minInstances: 60 } } })).toEqual([
      `nexus:kernel.workspaces.minInstances: "60" is above kernel.workspaces.maxInstances "50". Fix: pulumi config set --path 'nexus:kernel.workspaces.minInstances' 50`,
    ]);
    expect(await of({ nexusOs: { autoscaling: { minReplicas: 4 } } })).toEqual([
      `nexus:nexusOs.autoscaling.minReplicas: "4" is above nexusOs.autoscaling.maxReplicas "3". Fix: pulumi config set --path 'nexus:nexusOs.autoscaling.minReplicas' 3`,
    ]);
  });
});

describe("an external server", () => {
  const external = { postgres: { mode: "external" } };
  const example = "postgres://user:password@host:5432/name";

  it("needs a URL; the message shows an example but not the value", async () => {
    const fix = `Fix: pulumi config set --secret nexus:databaseUrl ${example}`;
    expect(await of(external)).toEqual([`nexus:databaseUrl: is missing; postgres.mode "external" needs it. ${fix}`]);
    for (const databaseUrl of [
      "db.example.com",
      "mysql://a:b@h/db",
      "postgres://h/db",
      "postgres://a:b@h",
      "postgres://a:%zz@h/d",
    ])
      expect(await of(external, { databaseUrl })).toEqual([
        `nexus:databaseUrl: is not a URL such as ${example}. ${fix}`,
      ]);
  });

  it("is refused if its URL is set but not used", async () => {
    expect(await of({}, { redisUrl: "redis://cache:6379" })).toEqual([
      `nexus:redisUrl: is set, but redis.mode is "builtin". Fix: pulumi config set --path 'nexus:redis.mode' external`,
    ]);
  });

  it("A31: has no published sample password on staging", async () => {
    const databaseUrl = "postgres://nexus:nexus-dev-password@db.example.com/nexus";
    const config = { ...staging, ...external };
    expect(await problems({ stack: "staging", config, secrets: { databaseUrl } })).toEqual([
      expect.stringMatching(/^nexus:databaseUrl: has a password that can be guessed/),
    ]);
  });

  it.each([
    ["db.data.svc", { kind: "namespace", name: "data" }],
    ["db.data.svc.cluster.local", { kind: "namespace", name: "data" }],
    ["10.1.2.3", { kind: "addresses", cidr: "10.1.2.3/32" }],
    ["db.example.com", { kind: "addresses", cidr: "10.9.0.0/16" }],
  ])("X9: at %s is the only allowed destination", async (host, peer) => {
    const postgres = { mode: "external", cidr: "10.9.0.0/16" };
    const secrets = { databaseUrl: `postgres://nexus:secret@${host}/nexus` };
    const { connections } = await load({ config: { ...local, postgres }, secrets });
    expect(connections.database).toEqual({
      host,
      port: 5432,
      name: "nexus",
      user: "nexus",
      sslMode: null,
      ca: null,
      caSecret: null,
      peer,
    });
  });

  it.each(["allow", "prefer"])("A41: is refused with an sslmode that may fall back to plain text: %s", async (mode) => {
    const databaseUrl = `postgres://a:b@h/d?sslmode=${mode}`;
    expect(await of(external, { databaseUrl })).toEqual([
      `nexus:databaseUrl: asks for sslmode ${mode}, which may fall back to plain text; use disable, require, verify-ca or verify-full. ` +
        `Fix: pulumi config set --secret nexus:databaseUrl '${example}?sslmode=verify-full'`,
    ]);
  });

  it("is refused with an unknown sslmode, which the message does not repeat", async () => {
    const [problem] = await of(external, { databaseUrl: "postgres://a:b@h/d?sslmode=p4ssword" });
    expect(problem).toMatch(/^nexus:databaseUrl: asks for an unknown sslmode; use disable,/);
    expect(problem).not.toContain("p4ssword");
  });

  it("A41: has its own authorities only if certificates are checked", async () => {
    const { certificate } = await makeCertificate("db.example.com");
    const fix = "Fix: pulumi config rm --path 'nexus:postgres.caCertificate'";
    const postgres = { mode: "external", caCertificate: certificate };
    const ask = (mode: string) => of({ postgres }, { databaseUrl: `postgres://a:b@h/d?sslmode=${mode}` });
    expect(await ask("verify-full")).toEqual([]);
    expect(await ask("disable")).toEqual([
      `nexus:postgres.caCertificate: is set, but the URL asks for no encryption (sslmode=verify-full). ${fix}`,
    ]);
    expect(await of({ postgres: { caCertificate: certificate } })).toEqual([
      `nexus:postgres.caCertificate: is set, but postgres.mode is "builtin". ${fix}`,
    ]);
    const redis = { mode: "external", caCertificate: certificate };
    expect(await of({ redis }, { redisUrl: "rediss://cache.example.com" })).toEqual([]);
    expect(await of({ redis }, { redisUrl: "redis://cache.example.com" })).toHaveLength(1);
  });

  it("A41: accepts only certificates; a key is refused, and no message repeats it", async () => {
    const { certificate, key } = await makeCertificate("db.example.com");
    const fix = `Fix: pulumi config set --path 'nexus:redis.caCertificate' "$(cat ca.pem)"`;
    for (const wrong of ["ca.pem", certificate.replace(/[A-Z]{8}/, "!"), ""])
      expect(await of({ redis: { caCertificate: wrong } })).toEqual([
        `nexus:redis.caCertificate: is not a certificate in PEM. ${fix}`,
      ]);
    expect(await of({ redis: { caCertificate: certificate + key } })).toEqual([
      `nexus:redis.caCertificate: holds a private key, which must stay on the server; use its certificate. ${fix}`,
    ]);
  });

  it("may be a cache without a password, or with TLS", async () => {
    const config = { ...local, redis: { mode: "external" } };
    const open = await load({ config, secrets: { redisUrl: "redis://cache.example.com" } });
    expect(open.connections.cache).toMatchObject({ host: "cache.example.com", port: 6379, tls: false });
    expect(open.secrets.redisPassword).toBeNull();
    const safe = await load({ config, secrets: { redisUrl: "rediss://:secret@cache.example.com:6380" } });
    expect(safe.connections.cache).toMatchObject({ port: 6380, tls: true });
    expect(safe.secrets.redisPassword).not.toBeNull();
  });
});
