import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ComposeError, convert, type Conversion, type ConvertOptions } from "../src";

const directory = "/a/directory/that/is/not/there";

/** Converts files that are only texts. */
function convertTexts(
  texts: Readonly<Record<string, string>>,
  { files = ["compose.yaml"], ...options }: Partial<Omit<ConvertOptions, "files">> & { files?: string[] } = {},
): Conversion {
  return convert({ directory, files: files.map((file) => path.join(directory, file)), texts, ...options });
}

function problemOf(texts: Readonly<Record<string, string>>): string {
  try {
    convertTexts(texts);
  } catch (error) {
    if (error instanceof ComposeError) return error.problems.join("\n");
    throw error;
  }
  return "";
}

const web = (more: string) => `services:\n  web:\n    image: nginx:1.29\n${more}`;

test("texts are read as files are: overrides, env files, includes, configs, folders and profiles", () => {
  const { project, objects, variables, inactive } = convertTexts(
    {
      "compose.yaml": `name: shop\ninclude: [more/db.yaml]\n${web(`    env_file: [web.env]
    environment: { MODE: "\${MODE}" }
    volumes: ["./site:/site:ro"]
    configs: [motd]
  debug: { image: 'busybox:1', profiles: [debug] }
configs:
  motd: { file: ./motd.txt }
`)}`,
      "override.yaml": web("    environment: { LEVEL: high }\n"),
      "more/db.yaml": "services:\n  db: { image: 'postgres:16' }\n",
      "web.env": "FROM_FILE=yes\n",
      ".env": "MODE=production\n",
      "motd.txt": "hello",
      "site/index.html": "<p>there</p>",
    },
    { files: ["compose.yaml", "override.yaml"] },
  );
  expect([project, inactive]).toEqual(["shop", ["debug"]]);
  expect(variables.map(({ service, name }) => `${service} ${name}`).sort()).toEqual([
    "web FROM_FILE",
    "web LEVEL",
    "web MODE",
  ]);
  const text = JSON.stringify(objects);
  for (const part of ["production", "<p>there</p>", "hello", "postgres:16"]) expect(text).toContain(part);
});

test("nothing of this machine is read, however it is named", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-texts-"));
  const secret = path.join(folder, "secret.env");
  try {
    fs.writeFileSync(secret, "STOLEN=value\n");
    for (const file of [secret, path.relative(directory, secret), "../../../../etc/passwd"]) {
      const outside = `"${path.resolve(directory, file)}" is outside of the project directory`;
      expect(problemOf({ "compose.yaml": web(`    env_file: ["${file}"]\n`) })).toContain(outside);
      const { objects } = convertTexts({ "compose.yaml": web(`    volumes: ["${file}:/stolen"]\n`) });
      expect(JSON.stringify(objects)).not.toMatch(/STOLEN|root:/);
      expect(problemOf({ "compose.yaml": `include: ["${file}"]\n${web("")}` })).toContain("is outside of");
      expect(
        problemOf({ "compose.yaml": `services:\n  web: { extends: { file: "${file}", service: a } }\n` }),
      ).toContain("is outside of");
    }
    expect(problemOf({ "compose.yaml": web("    env_file: [secret.env]\n") })).toContain("there is no file");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("the environment of this process gives no variable a value", () => {
  process.env.NEXUS_TEXTS_PROBE = "stolen";
  try {
    const { objects } = convertTexts({
      "compose.yaml": web('    environment: [NEXUS_TEXTS_PROBE, "A=${NEXUS_TEXTS_PROBE:-own}"]\n'),
    });
    expect(JSON.stringify(objects)).not.toContain("stolen");
    expect(JSON.stringify(objects)).toContain('"A":"own"');
  } finally {
    delete process.env.NEXUS_TEXTS_PROBE;
  }
});

test.each(["..", "../outside.yaml", "/etc/passwd", "a/../../b"])(
  "a text that is named %s is no file of the project",
  (name) => {
    const texts = { "compose.yaml": web(`    env_file: ["${name}"]\n`), [name]: "STOLEN=value\n" };
    expect(problemOf(texts)).toContain("is outside of the project directory");
  },
);

const services = (count: number) =>
  `services:\n${Array.from({ length: count }, (_, i) => `  s${i}: { image: 'nginx:1.29' }`).join("\n")}\n`;
const laughs = Array.from({ length: 20 }, (_, i) => `x-${i}: &a${i} [${i === 0 ? "lol" : `*a${i - 1}, *a${i - 1}`}]`);

test.each([
  ["more than 5 MiB of files", { "compose.yaml": web(""), a: "x".repeat(5 * 2 ** 20) }, "the maximum is 5242880"],
  ["one file of 2 MB", { "compose.yaml": `# ${"x".repeat(2e6)}` }, "the maximum is 1048576"],
  ["501 services", { "compose.yaml": services(501) }, "there are 501 services; the maximum is 500"],
  [
    "aliases of aliases",
    { "compose.yaml": `${laughs.join("\n")}\n${web("")}` },
    "aliases make more than 100000 values",
  ],
  ["deep nesting", { "compose.yaml": `x-a: ${"[".repeat(100)}${"]".repeat(100)}\n${web("")}` }, "levels deep"],
])("%s are refused with the limit", (_, texts, problem) => {
  expect(problemOf(texts)).toContain(problem);
});

test("500 services are converted", () => {
  expect(convertTexts({ "compose.yaml": services(500) }).objects.length).toBeGreaterThan(1000);
});

test("a variable goes where somebody says, unless its value is another secret", () => {
  const kindsOf = (kinds: ConvertOptions["kinds"]) => {
    const own = "SITE_KEY: 6Lc-visible, COPY: hunter2-secret, DB_PASSWORD: hunter2-secret, MODE: blue-sky";
    const { variables } = convertTexts({ "compose.yaml": web(`    environment: { ${own} }\n`) }, { kinds });
    return Object.fromEntries(variables.map(({ name, kind, value }) => [name, value ?? kind]));
  };
  const secret = { COPY: "Secret", DB_PASSWORD: "Secret" };
  expect(kindsOf({})).toEqual({ ...secret, SITE_KEY: "Secret", MODE: "blue-sky" });
  expect(kindsOf({ SITE_KEY: "ConfigMap", COPY: "ConfigMap", MODE: "Secret" })).toEqual({
    ...secret,
    SITE_KEY: "6Lc-visible",
    MODE: "Secret",
  });
});

test("a variable that is entered for all services is entered by hand where a service has it, and in the files", () => {
  const { variables, losses } = convertTexts(
    { "compose.yaml": web('    environment: { MODE: slow, URL: "http://${HOST:-localhost}" }\n') },
    { variables: { MODE: "fast", HOST: "example.com", NOBODY: "1" } },
  );
  expect(variables).toEqual([
    { service: "web", name: "MODE", kind: "ConfigMap", source: "manual", value: "fast" },
    { service: "web", name: "URL", kind: "ConfigMap", source: "default", value: "http://example.com" },
  ]);
  expect(losses.map(({ key }) => key)).toEqual(["NOBODY"]);
});

test("E29: autoscaling makes an autoscaler of the workload, which has no number of pods of its own then", () => {
  const { objects } = convertTexts(
    { "compose.yaml": web("    ports: ['80']\n") },
    { services: { web: { autoscaling: { min_replicas: 2, max_replicas: 5 } } } },
  );
  expect(objects.find(({ kind }) => kind === "HorizontalPodAutoscaler")).toMatchObject({
    metadata: { name: "web", namespace: "ushadow" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [{ resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
    },
  });
  expect(objects.find(({ kind }) => kind === "Deployment")?.spec).not.toHaveProperty("replicas");
  expect(
    problemOf({ "compose.yaml": web("    x-nexus: { autoscaling: { min_replicas: 3, max_replicas: 2 } }\n") }),
  ).toContain("has more `min_replicas` than `max_replicas`");
});
