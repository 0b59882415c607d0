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
      "JWT_SECRET",
      "JWT_SECRET_KEY",
      "OPENAI_API_KEY",
      "REDIS_PASSWORD",
    ]);
    expect(stringData.JWT_SECRET).toBe(stringData.JWT_SECRET_KEY);
  });

  it("A30: are marked as secret in the Secret, every one of them, also those that are empty or brought", async () => {
    for (const one of [stack, await recordStack("dev", {}, BROUGHT)]) {
      const secret = one.resources.find(({ urn }) => urn.endsWith("Secret::secrets"));
      const { stringData } = secret?.inputs as { stringData: object };
      const shown = redact(stringData) as Record<string, unknown>;
      expect(Object.values(shown).filter((value) => value !== "REDACTED")).toEqual([]);
      expect(Object.keys(shown)).toHaveLength(7);
    }
  });

  it("A30: are marked before they are used, wherever they come from", async () => {
    const brought = { openaiApiKey: "a", anthropicApiKey: "b", jwtSecretKeyPrevious: "c" };
    const values = Object.values(marked(brought as BroughtSecrets, "jwt", "database", "redis", "backup"));
    expect(await Promise.all(values.map((value) => pulumi.isSecret(pulumi.output(value))))).toEqual(
      Array(8).fill(true),
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
      ["secrets-jwt", 48, false],
      ["secrets-database", 32, false],
      ["secrets-redis", 32, false],
      ["secrets-backup", 48, false],
    ]);
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
  });

  it("changes nothing if nothing changed", async () => {
    expect(hashes(await recordStackAnew("dev"))).toEqual(hashes(await recordStack("dev")));
  });
});
