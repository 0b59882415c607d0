import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  backendJobSettings,
  type BuiltService,
  builtServices,
  migrationName,
  migrationJobSettings,
  serviceSettings,
  type Setting,
  shutdownTimes,
} from "@nexus/contract";
import { repositoryRoot } from "@nexus/host";
import { envSchema } from "@nexus/service";
import { makeCertificate } from "@nexus/testkit/certificate";
import { z } from "zod";
import { sections } from "../../config/schema";
import { schemaNodes } from "../../config/schema-tree";
import { backendEnv } from "../../images/graphstudio-backend/src/env";
import { nexusOsEnv } from "../../images/nexus-os/src/env";
import { kernelEnv } from "../../images/workspace-kernel/src/env";
import { containerOf, podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";

/** The schema with which each service checks its environment. The frontend's script is read as text below. */
const schemas = {
  "workspace-kernel": kernelEnv.shape,
  "graphstudio-backend": backendEnv.shape,
  "nexus-os": nexusOsEnv.shape,
  "graphstudio-frontend": envSchema({}).shape,
} satisfies Record<BuiltService, object>;

const settings = builtServices.flatMap((service) =>
  Object.entries(serviceSettings[service]).map(([variable, setting]) => ({
    service,
    variable,
    setting: setting as Setting,
  })),
);
const configurable = settings.filter(({ setting }) => "at" in setting);
const keys = new Map(schemaNodes(sections).map((node) => [node.path.join("."), node]));

/** Values at both ends of a setting's range, and one step beyond. */
function examples(setting: Setting): { taken: (string | number | boolean)[]; refused: (string | number)[] } {
  switch (setting.kind) {
    case "integer":
      return { taken: [setting.min, setting.max], refused: [setting.min - 1, setting.max + 1, setting.min + 0.5] };
    case "port":
      return { taken: [1024, 65_535], refused: [1023, 65_536] };
    case "flag":
      return { taken: [true, false], refused: ["yes"] };
    case "choice":
      return { taken: [...setting.words], refused: ["something-else"] };
    default:
      return { taken: [setting.default ?? setting.form.example], refused: ["no, , value"] };
  }
}

describe.each(configurable)("$variable of $service", ({ service, variable, setting }) => {
  const at = "at" in setting ? setting.at : "";
  const inConfiguration = (value: unknown) => {
    const node = keys.get(at);
    if (!node) throw new Error(`The configuration has no key ${at}.`);
    return z.safeParse(node.schema, value).success;
  };
  const inService = (value: unknown) => {
    const field = (schemas[service] as Record<string, z.ZodType>)[variable];
    return field ? field.safeParse(String(value)).success : undefined;
  };
  const known = service !== "graphstudio-frontend";

  it("D13: is accepted by configuration and service at both ends of its range, and refused by both beyond them", () => {
    const { taken, refused } = examples(setting);
    const both = (value: unknown) => ({ value, configuration: inConfiguration(value), service: inService(value) });
    const all = (values: unknown[], yes: boolean) =>
      values.map((value) => ({ value, configuration: yes, service: known ? yes : undefined }));
    expect(taken.map(both)).toEqual(all(taken, true));
    expect(refused.map(both)).toEqual(all(refused, false));
  });

  it("D10: has one default", () => {
    expect(keys.get(at)?.fallback).toEqual(setting.default);
    if (!known) return;
    const read = (schemas[service] as Record<string, z.ZodType>)[variable]?.safeParse(undefined).data;
    const written = Array.isArray(read) ? read.join(",") : read;
    expect(written ?? null).toEqual(setting.default);
  });
});

it("A26 B27: MULTI_TENANT_MODE accepts only true, and says what to use instead", () => {
  const refused = kernelEnv.safeParse({ MULTI_TENANT_MODE: "false", AUTH_ENABLED: "false" });
  expect(refused.error?.issues.map(({ path: [key], message }) => `${String(key)}: ${message}`)).toEqual([
    "MULTI_TENANT_MODE: give true: tenants are always kept apart; `AUTH_ENABLED=false` puts everybody into one of them",
  ]);
});

describe("the variables of the pods", () => {
  let stacks: RecordedStack[];

  beforeAll(async () => {
    const { certificate: caCertificate } = await makeCertificate("authority");
    const issuer = "https://login.example.com";
    const changes = {
      auth: {
        issuer,
        jwksUrl: `${issuer}/keys`,
        audience: "nexus",
        oidc: { issuer, clientId: "nexus", caCertificate, groups: { admins: { tenant: randomUUID(), role: "admin" } } },
      },
      kernel: { workspaces: { workerThreads: 2 } },
      graphstudio: {
        backend: {
          mailHost: "smtp",
          mailUser: "nexus",
          mailFrom: "nexus@example.com",
          studioUrl: "https://example.com",
        },
      },
      clusters: { privateNetworks: "10.7.0.0/16", ownNetworks: "10.7.1.0/24", ownServers: "10.1.0.10/32" },
      postgres: { mode: "external", caCertificate },
      redis: { mode: "external", caCertificate },
    };
    const secrets = {
      databaseUrl: "postgres://app:secret@db.example.com/app?sslmode=verify-full",
      redisUrl: "rediss://:secret@cache.example.com",
      jwtSecretKeyPrevious: "previous-signing-key-0123456789abcdef",
      mailPassword: "mail-secret",
      oidcClientSecret: "client-secret",
      billingSecret: `whsec_${"bmV4dXM3".repeat(4)}`,
    };
    stacks = [
      await recordStack("dev"),
      // The second rotation is the first with all generations of the secrets.
      await recordStack("dev", { secrets: { rotation: 2 } }),
      // The kernel reads the settings of the cache only if it serves the AI.
      await recordStack("dev", { topology: "python", redis: changes.redis }, { redisUrl: secrets.redisUrl }),
      await recordStack("dev", changes, secrets),
    ];
  });

  const variablesOf = (owner: string) =>
    new Set(
      stacks
        .filter((stack) => owner in podTemplates(stack))
        .flatMap((stack) => (containerOf(stack, owner).env ?? []).map(({ name }) => name)),
    );

  it.each(builtServices)(
    "D10 D11: of %s are all that it reads, except those that the contract marks as internal",
    (service) => {
      const external = Object.entries<Setting>(serviceSettings[service]).filter(
        ([, setting]) => !("internal" in setting),
      );
      expect([...variablesOf(service)].sort()).toEqual(external.map(([variable]) => variable).sort());
    },
  );

  it.each([
    ["workspace-kernel", migrationJobSettings],
    ["graphstudio-backend", backendJobSettings],
  ])("of the migration of %s are all that it reads", (service, read) => {
    const external = Object.entries<Setting>(read).filter(([, setting]) => !("internal" in setting));
    expect([...variablesOf(migrationName(service))].sort()).toEqual(external.map(([variable]) => variable).sort());
  });

  it.each(builtServices)("of %s are used by its code", (service) => {
    const folders = [`images/${service}/src`, `images/${service}/nginx`, "packages/service/src", "packages/ai/src"];
    const sources = folders
      .filter((folder) => fs.existsSync(path.join(repositoryRoot, folder)))
      .flatMap((folder) => {
        const names = fs.readdirSync(path.join(repositoryRoot, folder), { recursive: true, encoding: "utf8" });
        return names.filter((name) => /\.(ts|sh)$/.test(name)).map((name) => `${folder}/${name}`);
      });
    // The image sets it for its libraries, which read NODE_ENV.
    const code = [`images/${service}/Dockerfile`, ...sources]
      .map((file) => fs.readFileSync(path.join(repositoryRoot, file), "utf8"))
      .join("\n");
    // A setting with a single value only refuses every other one.
    const several = Object.entries<Setting>(serviceSettings[service]).filter(
      ([, setting]) => setting.kind !== "choice" || setting.words.length > 1,
    );
    expect(several.filter(([variable]) => !new RegExp(`\\b${variable}\\b`).test(code)).map(([name]) => name)).toEqual(
      [],
    );
  });
});

it("the script of the frontend reads what the contract says", () => {
  const script = fs.readFileSync(path.join(repositoryRoot, "images/graphstudio-frontend/nginx/entrypoint.sh"), "utf8");
  const read = [...script.matchAll(/\$\{([A-Z_]+):-/g)].map(([, variable]) => variable);
  const known = Object.keys(serviceSettings["graphstudio-frontend"]);
  expect([...new Set(read)].filter((variable) => variable !== "NAMESERVERS").sort()).toEqual(known.sort());
});

describe("D31: a process divides the time that its pod gets to end", () => {
  it.each([25, 30, 3600])("ends within %i s, and its answers before", (graceSeconds) => {
    const { SHUTDOWN_TIMEOUT_MS, SHUTDOWN_ANSWERS_MS } = shutdownTimes(graceSeconds);
    const env = envSchema(serviceSettings["nexus-os"]).parse({ SHUTDOWN_TIMEOUT_MS, SHUTDOWN_ANSWERS_MS });
    expect(env.SHUTDOWN_DRAIN_MS + env.SHUTDOWN_TIMEOUT_MS).toBeLessThan(graceSeconds * 1000);
    expect(env.SHUTDOWN_ANSWERS_MS).toBeLessThan(env.SHUTDOWN_TIMEOUT_MS);
  });

  it("from what the stack says", async () => {
    const stack = await recordStack("dev", { kernel: { terminationGraceSeconds: 120 } });
    expect(podTemplates(stack)["workspace-kernel"]?.spec.terminationGracePeriodSeconds).toBe(120);
    expect(containerOf(stack, "workspace-kernel").env).toContainEqual({ name: "SHUTDOWN_TIMEOUT_MS", value: "110000" });
  });
});
