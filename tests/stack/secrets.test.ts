import * as pulumi from "@pulumi/pulumi";
import { redact } from "../../cli/render/recorder";
import { type BroughtSecrets, secretValues as marked } from "../../components/secrets";
import { containerOf, podTemplates, recordStack, recordStackAnew, type RecordedStack } from "../support/recorded-stack";

const BROUGHT = {
  openaiApiKey: "sk-openai-0123456789",
  anthropicApiKey: "sk-anthropic-0123456789",
  jwtSecretKey: "brought-signing-key-0123456789abcdef",
};

/** Every value that must not be visible: generated and supplied secrets. */
function secretValues({ manifest }: RecordedStack): string[] {
  const { stringData } = manifest("Secret", "nexus-secrets");
  return [...new Set(Object.values(stringData as Record<string, string>))].filter((value) => value !== "");
}

describe("secrets of a stack", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordStack("dev");
  });

  it("A30 C22 X5: are these keys, the signing key under both its names", () => {
    const { stringData } = stack.manifest("Secret", "nexus-secrets") as unknown as {
      stringData: Record<string, string>;
    };
    expect(Object.keys(stringData).sort()).toEqual([
      "ANTHROPIC_API_KEY",
      "BACKUP_KEY",
      "DATABASE_PASSWORD",
      "DATABASE_PASSWORD_NEXT",
      "JWT_SECRET",
      "JWT_SECRET_KEY",
      "JWT_SECRET_KEY_NEXT",
      "OPENAI_API_KEY",
      "REDIS_PASSWORD",
      "REDIS_PASSWORD_NEXT",
    ]);
    expect(stringData.JWT_SECRET).toBe(stringData.JWT_SECRET_KEY);
  });

  it("A30: are marked as secret in the Secret, every one of them, also those that are empty or brought", async () => {
    for (const [one, count] of [
      [stack, 10],
      [await recordStack("dev", {}, BROUGHT), 9],
    ] as const) {
      const secret = one.resources.find(({ urn }) => urn.endsWith("Secret::secrets"));
      const { stringData } = secret?.inputs as { stringData: object };
      const shown = redact(stringData) as Record<string, unknown>;
      expect(Object.values(shown).filter((value) => value !== "REDACTED")).toEqual([]);
      expect(Object.keys(shown)).toHaveLength(count);
    }
  });

  it("A30: are marked before they are used, wherever they come from", async () => {
    const brought = { openaiApiKey: "a", anthropicApiKey: "b", jwtSecretKeyPrevious: "c" };
    const of = (present: string) => ({ present, previous: "before", next: "after" });
    const rotated = { jwt: of("jwt"), jwtRetired: "retired", database: of("database"), redis: of("redis") };
    const values = Object.values(marked(brought as BroughtSecrets, rotated, "backup"));
    expect(await Promise.all(values.map((value) => pulumi.isSecret(pulumi.output(value))))).toEqual(
      Array(14).fill(true),
    );
  });

  it("A41: contain the previous signing key only during a rotation, for all services that check tokens", async () => {
    const rotating = await recordStack("dev", {}, { jwtSecretKeyPrevious: "previous-signing-key-0123456789abcdef" });
    expect(rotating.manifest("Secret", "nexus-secrets").stringData).toMatchObject({
      JWT_SECRET_KEY_PREVIOUS: "previous-signing-key-0123456789abcdef",
    });
    for (const owner of ["workspace-kernel", "graphstudio-backend", "nexus-os"])
      expect(containerOf(rotating, owner).env).toContainEqual(
        expect.objectContaining({ name: "JWT_SECRET_KEY_PREVIOUS" }),
      );
  });

  it("A41: are generated with 32 characters or more, of letters and digits", () => {
    const passwords = stack.resources.filter(({ type }) => type.startsWith("random:"));
    expect(passwords.map(({ name, inputs }) => [name, inputs.length, inputs.special])).toEqual([
      ["secrets-backup", 48, false],
      ["secrets-jwt", 48, false],
      ["secrets-jwt-1", 48, false],
      ["secrets-database", 32, false],
      ["secrets-database-1", 32, false],
      ["secrets-redis", 32, false],
      ["secrets-redis-1", 32, false],
    ]);
  });

  describe("A32: after a rotation", () => {
    const valuesAt = async (rotation: number, secrets: Record<string, string> = {}) => {
      const { manifest } = await recordStack("dev", { secrets: { rotation } }, secrets);
      return manifest("Secret", "nexus-secrets").stringData as Record<string, string>;
    };

    it.each(["JWT_SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD"])(
      "%s is what was known as the next one, and the former one is still known",
      async (key) => {
        const [first, second, third] = [await valuesAt(0), await valuesAt(1), await valuesAt(2)];
        expect(first).not.toHaveProperty(`${key}_PREVIOUS`);
        expect([second[`${key}_PREVIOUS`], second[key]]).toEqual([first[key], first[`${key}_NEXT`]]);
        expect([third[`${key}_PREVIOUS`], third[key]]).toEqual([second[key], second[`${key}_NEXT`]]);
        expect(new Set([first[key], second[key], third[key], third[`${key}_NEXT`]]).size).toBe(4);
      },
    );

    it("the key before the previous one is left for what it encrypted, and all other secrets stay", async () => {
      const [first, third] = [await valuesAt(0), await valuesAt(2)];
      expect(third.JWT_SECRET_KEY_RETIRED).toBe(first.JWT_SECRET_KEY);
      expect(third.JWT_SECRET).toBe(third.JWT_SECRET_KEY);
      expect(third.BACKUP_KEY).toBe(first.BACKUP_KEY);
    });

    it("a password of the database that was brought is that of before the first rotation", async () => {
      const brought = { databasePassword: "password-of-a-volume-0123456789" };
      expect((await valuesAt(0, brought)).DATABASE_PASSWORD).toBe(brought.databasePassword);
      expect((await valuesAt(1, brought)).DATABASE_PASSWORD_PREVIOUS).toBe(brought.databasePassword);
      expect(Object.values(await valuesAt(2, brought))).not.toContain(brought.databasePassword);
    });

    it("a signing key that was brought stays, without others beside it", async () => {
      const values = await valuesAt(2, { jwtSecretKey: BROUGHT.jwtSecretKey });
      expect(Object.keys(values).filter((key) => key.startsWith("JWT"))).toEqual(["JWT_SECRET", "JWT_SECRET_KEY"]);
      expect(values.JWT_SECRET_KEY).toBe(BROUGHT.jwtSecretKey);
    });

    it("passwords of servers of others stay as their URLs say", async () => {
      const secrets = {
        databaseUrl: "postgres://app:of-others@db.example.com/app",
        redisUrl: "redis://:of-others@r.example.com",
      };
      const changes = { secrets: { rotation: 2 }, postgres: { mode: "external" }, redis: { mode: "external" } };
      const { manifest } = await recordStack("dev", changes, secrets);
      const values = manifest("Secret", "nexus-secrets").stringData as Record<string, string>;
      expect(Object.keys(values).filter((key) => /^(DATABASE|REDIS)_/.test(key))).toEqual([
        "DATABASE_PASSWORD",
        "REDIS_PASSWORD",
      ]);
      expect(manifest("ConfigMap", "nexus-config").data).toMatchObject({ DATABASE_USER: "app" });
    });

    it("pods log in as the role of this rotation, and the migrations run again", async () => {
      for (const [rotation, DATABASE_USER] of ["nexus", "nexus_a", "nexus_b", "nexus_c", "nexus_a"].entries()) {
        const { manifest } = await recordStack("dev", { secrets: { rotation } });
        expect(manifest("ConfigMap", "nexus-config").data).toMatchObject({ DATABASE_USER });
      }
      const rotated = await recordStack("dev", { secrets: { rotation: 2 } });
      for (const job of ["workspace-kernel-migrate", "graphstudio-backend-migrate"])
        expect(containerOf(rotated, job).env).toContainEqual({ name: "ROTATION", value: "2" });
    });
  });

  it("are in plain text in no input of any resource", async () => {
    for (const one of [stack, await recordStack("dev", {}, BROUGHT)]) {
      const values = secretValues(one);
      expect(values.length).toBeGreaterThan(2);
      const leaks = one.resources.filter(({ inputs }) => {
        const seen = JSON.stringify(redact(inputs));
        return values.some((value) => seen.includes(value));
      });
      expect(leaks.map(({ urn }) => urn)).toEqual([]);
    }
  });

  it("E24: include the registry's password, for builders and for the nodes' pull secret", async () => {
    const images = { builder: "buildkit", registryUsername: "robot" };
    const { resources } = await recordStack("dev", { images }, { registryPassword: "registry-password-0123456789" });
    const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("registry-password-0123456789"));
    expect([...new Set(holders.map(({ type }) => type))]).toEqual([
      "docker-build:index:Image",
      "kubernetes:core/v1:Secret",
    ]);
    expect(JSON.stringify(holders.map(({ inputs }) => redact(inputs)))).not.toContain("registry-password-0123456789");
  });

  it("E24: let nodes pull images from a registry with a password, in every pod", async () => {
    const images = { builder: "buildkit", registry: "registry.example.com:5000/team", registryUsername: "robot" };
    const pulling = await recordStack("dev", { images }, { registryPassword: "p@ss" });
    const login = pulling.manifest("Secret", "nexus-registry");
    expect(login.type).toBe("kubernetes.io/dockerconfigjson");
    const { [".dockerconfigjson"]: file } = login.stringData as Record<string, string>;
    expect(JSON.parse(file ?? "")).toEqual({
      auths: {
        "registry.example.com:5000": { username: "robot", password: "p@ss", auth: btoa("robot:p@ss") },
      },
    });
    for (const { spec } of Object.values(podTemplates(pulling)))
      expect(spec.imagePullSecrets).toEqual([{ name: "nexus-registry" }]);
    for (const { spec } of Object.values(podTemplates(stack))) expect(spec).not.toHaveProperty("imagePullSecrets");
  });

  it("are the only wrapped values: the rest of a pod stays readable in a diff", async () => {
    const { resources } = await recordStack("dev", {}, BROUGHT);
    const wrapped = resources.flatMap(({ type, inputs }) =>
      Object.entries(inputs)
        .filter(([, value]) => pulumi.runtime.isRpcSecret(value))
        .map(([key]) => `${type} ${key}`),
    );
    expect([...new Set(wrapped)].sort()).toEqual([
      "docker-build:index:Image secrets",
      "kubernetes:core/v1:Secret stringData",
    ]);
  });

  it("A32: reach pods by reference, never as a value or an argument", () => {
    for (const [owner, { spec }] of Object.entries(podTemplates(stack)))
      for (const { env = [], command = [], args = [] } of spec.containers) {
        const values = env.filter(({ name }) => /PASSWORD|SECRET|API_KEY$|AUTH$/.test(name));
        for (const { name, value, valueFrom } of values)
          expect({ owner, name, value, valueFrom }).toEqual({
            owner,
            name,
            value: undefined,
            valueFrom: { secretKeyRef: { name: "nexus-secrets", key: expect.any(String) } },
          });
        expect([...command, ...args].join(" ")).not.toContain("secrets-");
      }
  });

  it("are not among the stack's outputs", async () => {
    const { outputs } = stack;
    const isSecret = await pulumi.isSecret(pulumi.output(outputs as pulumi.Inputs));
    expect(isSecret).toBe(false);
    const seen = await new Promise((resolve) =>
      pulumi.output(outputs as pulumi.Inputs).apply((plain) => resolve(plain)),
    );
    for (const value of secretValues(stack)) expect(JSON.stringify(seen)).not.toContain(value);
  });
});

describe("A32: a changed secret or setting", () => {
  const hashes = (stack: RecordedStack) =>
    Object.fromEntries(
      Object.entries(podTemplates(stack)).map(([owner, { metadata }]) => [
        owner,
        metadata.annotations?.["checksum/settings"],
      ]),
    );
  const changed = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    Object.keys(one).filter((owner) => one[owner] !== other[owner]);

  it("rolls exactly the workloads that read it", async () => {
    const before = hashes(await recordStack("dev"));
    const signing = hashes(await recordStack("dev", {}, { jwtSecretKey: "a-new-signing-key-0123456789abcdef" }));
    expect(changed(before, signing).sort()).toEqual(["graphstudio-backend", "nexus-os", "workspace-kernel"]);
    const model = hashes(await recordStack("dev", {}, { openaiApiKey: "sk-new" }));
    expect(changed(before, model)).toEqual(["nexus-os"]);
    const mail = hashes(await recordStack("dev", {}, { mailPassword: "mail-secret" }));
    expect(changed(before, mail)).toEqual(["graphstudio-backend"]);
    const rotated = hashes(await recordStack("dev", { secrets: { rotation: 1 } }));
    expect(changed(before, rotated).sort()).toEqual(["graphstudio-backend", "nexus-os", "redis", "workspace-kernel"]);
  });

  it("changes nothing if nothing changed", async () => {
    expect(hashes(await recordStackAnew("dev"))).toEqual(hashes(await recordStack("dev")));
  });
});
