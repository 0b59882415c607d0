import { convertFixture } from "@nexus/testkit/compose-fixtures";
import { ProjectFolder } from "./project-folder";
import { containerOf, convertText, object, secretOf } from "./support";

describe("E6 E7 E21: ConfigMap and Secret", () => {
  it("take each variable by name and value, and containers read both with envFrom", () => {
    const result = convertFixture("secrets-by-value");
    expect(Object.keys(object(result, "ConfigMap", "app-config").data as object)).toEqual([
      "VERIFY_PUBLIC_KEY",
      "TOKEN_TTL",
      "PASSWORD_FILE",
      "PLAIN_URL",
      "HOSTS",
    ]);
    expect(Object.keys(secretOf(result, "app-secret"))).toEqual([
      "MONGO",
      "GO_DSN",
      "ADO",
      "SIGNED",
      "AWS",
      "PEM",
      "SENTRY",
      "JWT",
    ]);
    expect(containerOf(result, "app").envFrom).toEqual([
      { configMapRef: { name: "app-config" } },
      { secretRef: { name: "app-secret" } },
    ]);
    expect(object(result, "Secret", "app-secret")).toMatchObject({ data: { AWS: "QUtJQUFCQ0RFRkdISUpLTE1OT1A=" } });
  });

  it("E21: a value made with a secret variable is secret, and commands refer to it", () => {
    const text = `services: { cache: { image: redis:7, command: "redis-server --requirepass \${PW_TOKEN}", environment: { NOTE: "is \${PW_TOKEN}" } } }`;
    const result = convertText(text, { environment: { PW_TOKEN: "oak" } });
    expect(containerOf(result, "cache").args).toEqual(["redis-server", "--requirepass", "$(PW_TOKEN)"]);
    expect(secretOf(result, "cache-secret")).toEqual({ NOTE: "is oak", PW_TOKEN: "oak" });
    const shown = result.objects.filter(({ kind }) => kind !== "Secret");
    expect(JSON.stringify([shown, result.losses])).not.toContain("oak");
  });

  it("E21: a health check in a shell reads the secret from the environment", () => {
    const result = convertFixture("redis-password");
    expect(containerOf(result, "cache").readinessProbe).toMatchObject({
      exec: { command: ["/bin/sh", "-c", "redis-cli -a ${X:-} -a ${CACHE_PASSWORD} ping"] },
    });
    const shown = result.objects.filter(({ kind }) => kind !== "Secret");
    expect(JSON.stringify(shown)).not.toContain("velvet-hammer-3");
  });
});

describe("X14: labels and annotations, which no Secret can hold", () => {
  const lost = ({ losses }: ReturnType<typeof convertText>) =>
    losses.map(({ service, key, value, effect }) => [service, key, value, effect]);
  const notWritten = "what looks secret is not written into metadata";

  it.each([
    ["com.example/auth-token", "tokenvalue-abcdef"],
    ["com.example.api-key", "x"],
    ["db_password", "x"],
    ["note", "postgres://u:hush@db/a"],
  ])("%s=%s is left out, and is in the report", (label, value) => {
    const text = `
services: { app: { image: i, labels: { "${label}": "${value}" }, annotations: { "${label}": "${value}" }, volumes: ["dd:/d"] } }
volumes: { dd: { labels: { "${label}": "${value}" } } }`;
    const result = convertText(text);
    expect(JSON.stringify(result.objects)).not.toContain(value === "x" ? label : value);
    expect(lost(result)).toEqual([
      ["app", "labels", label, notWritten],
      ["app", "annotations", label, notWritten],
      ["-", "volumes.dd.labels", label, notWritten],
    ]);
  });

  it("a secret variable in a volume's label is reported once", () => {
    const text =
      "services: { app: { image: i, volumes: ['dd:/d'] } }\nvolumes: { dd: { labels: { a: '${A_TOKEN}' } } }";
    const result = convertText(text, { environment: { A_TOKEN: "oak" } });
    expect(JSON.stringify(result.objects)).not.toContain("oak");
    expect(lost(result)).toEqual([["-", "volumes.dd.labels", "a", notWritten]]);
  });

  it("labels under x-nexus stay, and are in the report", () => {
    const result = convertText(
      "services: { app: { image: i, x-nexus: { annotations: { a/auth-token: abc, nginx.ingress.kubernetes.io/auth-secret: b } } } }",
    );
    expect(JSON.stringify(result.objects)).toContain('"a/auth-token":"abc"');
    expect(lost(result)).toEqual([
      ["app", "x-nexus.annotations", "a/auth-token", "a secret in it can be read in the manifest"],
    ]);
  });

  it.each(["com.example/token-ttl", "cert-manager.io/private-key-rotation-policy", "traefik.enable"])(
    "%s is written",
    (label) => {
      const result = convertText(`services: { app: { image: i, annotations: { "${label}": Always } } }`);
      expect(JSON.stringify(result.objects)).toContain(`"${label}":"Always"`);
      expect(result.losses).toEqual([]);
    },
  );
});

describe("E8: the order of values", () => {
  const given = { manual: { A: "1" }, suggestions: { A: "2", B: "2" }, discovered: { A: "3", B: "3", C: "3" } };

  it("names such as constructor have no special meaning", () => {
    const text = `services: { constructor: { image: "i:\${constructor:-1}", environment: { toString: "\${valueOf-none}", __proto__: x } } }`;
    const result = convertText(text);
    expect(containerOf(result, "constructor").image).toBe("i:1");
    expect(JSON.stringify(object(result, "ConfigMap", "constructor-config").data)).toBe(
      '{"toString":"none","__proto__":"x"}',
    );
  });

  it("applies to the variables of a service, and manual ones are added", () => {
    const text = `services: { app: { image: i, environment: { A: compose, B: compose, C: compose, D: compose } } }`;
    const { manual, ...others } = given;
    const result = convertText(text, { ...others, manual: { app: { ...manual, NEW: "5" } } });
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ A: "1", B: "2", C: "3", D: "compose", NEW: "5" });
    expect(result.variables.map(({ name, source }) => `${name} ${source}`)).toEqual([
      "A manual",
      "B settings",
      "C discovery",
      "D default",
      "NEW manual",
    ]);
  });

  it("E9: a variable of the service overrides that of the environment, which overrides the default", () => {
    const text = "services: { app: { image: 'i:${TAG:-default}' }, other: { image: 'i:${TAG:-default}' } }";
    const image = (options: object, name: string) => containerOf(convertText(text, options), name).image;
    expect(image({}, "app")).toBe("i:default");
    expect(image({ environment: { TAG: "os" } }, "app")).toBe("i:os");
    const both = { environment: { TAG: "os" }, manual: { app: { TAG: "own" } } };
    expect([image(both, "app"), image(both, "other")]).toEqual(["i:own", "i:os"]);
  });
});

describe("E21: variables that the user declares secret", () => {
  const secretVariables = { LICENSE: "abc1", LEVEL: "hush-2" };
  const services = (rest: string) => `services: { app: { image: i, ${rest} } }`;

  it("are secret whatever their name, in every service that has them, and override the environment", () => {
    const text = services(
      `command: [run, "\${LICENSE}"], environment: { NOTE: "<\${LICENSE}>", LEVEL: info, OTHER: "x" }`,
    );
    const result = convertText(text, { secretVariables, environment: { LICENSE: "os" } });
    expect(secretOf(result, "app-secret")).toEqual({ NOTE: "<abc1>", LEVEL: "hush-2", LICENSE: "abc1" });
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ OTHER: "x" });
    expect(containerOf(result, "app").args).toEqual(["run", "$(LICENSE)"]);
    expect(result.losses).toEqual([]);
    expect(result.variables.find(({ name }) => name === "LEVEL")).toEqual({
      service: "app",
      name: "LEVEL",
      kind: "Secret",
      source: "manual",
    });
  });

  it("turn configs into Secrets, and are in no label", () => {
    const text = `${services('configs: [a, b], labels: { plan: "$${LICENSE}" }'.replace("$$", "$"))}\nconfigs: { a: { content: "k ${"${LICENSE}"}" }, b: { environment: LICENSE } }`;
    const result = convertText(text, { secretVariables: { LICENSE: "abc1" } });
    expect(result.objects.filter(({ kind }) => kind === "ConfigMap")).toEqual([]);
    expect(JSON.stringify(result.objects.filter(({ kind }) => kind !== "Secret"))).not.toContain("abc1");
    expect(result.losses).toEqual([expect.objectContaining({ service: "app", key: "labels" })]);
  });

  it("are reported if a manifest shows them, and if no service uses them", () => {
    const text = services('hostname: "${LICENSE}"');
    const { losses } = convertText(text, { secretVariables: { LICENSE: "abc1", MISSPELT: "x" } });
    expect(losses.map(({ service, key, value }) => [service, key, value])).toEqual([
      ["app", "hostname", "${LICENSE}"],
      ["-", "MISSPELT", ""],
    ]);
  });
});

describe("X14: a secret value of one service, in another place", () => {
  const db = "db: { image: i, environment: { DB_PASSWORD: 'reed-7!warbler' }, secrets: [file] }";
  const files = { "secret.txt": "marsh-8-harrier\n", "app.ini": "x\nconnect heron reed-7!warbler\n" };

  it("is in no ConfigMap, no command, no label and no report", () => {
    const project = new ProjectFolder({
      ...files,
      "compose.yaml": `
services:
  ${db}
  app:
    image: i
    environment: { DB_LOGIN: "heron reed-7!warbler", OTHER: marsh-8-harrier, PLAIN: heron }
    command: [serve, "heron/reed-7!warbler"]
    labels: { note: "reed-7!warbler" }
    volumes: ["./app.ini:/app.ini:ro"]
    extra_hosts: ["reed-7!warbler:host-gateway"]
secrets: { file: { file: ./secret.txt } }`,
    });
    const result = project.convert();
    project.remove();
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ PLAIN: "heron" });
    expect(secretOf(result, "app-secret")).toEqual({
      DB_LOGIN: "heron reed-7!warbler",
      OTHER: "marsh-8-harrier",
      COMMAND_SECRET_1: "reed-7!warbler",
    });
    expect(secretOf(result, "file-app-app-ini")["app.ini"]).toContain("reed-7!warbler");
    const shown = result.objects.filter(({ kind }) => kind !== "Secret");
    expect(JSON.stringify([shown, result.losses])).not.toMatch(/reed-7!warbler|marsh-8-harrier/);
    expect(result.losses).toMatchObject([{ key: "labels" }, { key: "extra_hosts", value: "(hidden)" }]);
  });

  it("does not replace common words, paths and addresses", () => {
    const result = convertText(
      `services: { db: { image: i, environment: { A_KEY: postgres, TLS_KEY: /certs/server.key, B_TOKEN: "https://issuer.example.com/" } }, app: { image: i, command: [/certs/server.key], environment: { USER: postgres, ISSUER: "https://issuer.example.com/" } } }`,
    );
    expect(object(result, "ConfigMap", "app-config").data).toEqual({
      USER: "postgres",
      ISSUER: "https://issuer.example.com/",
    });
    expect(containerOf(result, "app").args).toEqual(["/certs/server.key"]);
  });
});
