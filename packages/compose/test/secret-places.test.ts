import { ComposeError, convert, type ConvertOptions, manifestText, redacted, secretValues } from "../src";

const PASSWORD = "zq7Hunter2xPLAINval";
const NUMBER = "77123";
const SHORT = "cat";
const V = "${DB_PASSWORD}";

const service = (lines: string) => `services:\n  web:\n    image: busybox\n${lines.replace(/^/gm, "    ")}\n`;
const withVolume = (volume: string) => `${service('volumes: ["data:/x"]')}volumes: { data: ${volume} }\n`;
const withConfig = (config: string) => `${service("configs: [{ source: a, target: /a }]")}configs: { a: ${config} }\n`;

/** Everything that somebody who may not see secrets is shown of a project. */
function shown(text: string, more: Partial<ConvertOptions> = {}, files: Readonly<Record<string, string>> = {}) {
  const environment = { DB_PASSWORD: PASSWORD, NUMBERISH: NUMBER, SHORT };
  const kinds = { DB_PASSWORD: "Secret", NUMBERISH: "Secret", SHORT: "Secret" } as const;
  const texts = { "compose.yaml": text, ...files };
  try {
    const made = convert({
      ...{
        directory: "/project",
        files: ["/project/compose.yaml"],
        texts,
        environment,
        kinds,
        suggestions: environment,
      },
      ...more,
    });
    const { objects, ...about } = made;
    const known = secretValues(objects);
    const manifests = objects.map((object) => manifestText(redacted(object, known))).join("\n");
    return { isRefused: false, text: `${JSON.stringify(about)}\n${manifests}` };
  } catch (error) {
    if (error instanceof ComposeError) return { isRefused: true, text: error.problems.join("\n") };
    throw error;
  }
}

const base64 = (value: string) => Buffer.from(value).toString("base64");
function expectHidden(text: string): void {
  const parts = [PASSWORD, "Hunter2", NUMBER, base64(PASSWORD).slice(0, 20), base64(NUMBER)];
  for (const part of parts) expect(text.toLowerCase()).not.toContain(part.toLowerCase());
}

const REFUSED: readonly string[] = [
  `services: { web: { image: "busybox:${V}" } }`,
  `services: { web: { image: "${V}" } }`,
  `services: { web: { build: "./${V}" } }`,
  `name: "${V}"\nservices: { web: { image: busybox } }`,
  `include: ["${V}.yaml"]\nservices: { web: { image: busybox } }`,
  ...[
    `labels: ["${V}=1"]`,
    `environment: ["${V}=1"]`,
    `environment: ["A${V}"]`,
    `x-nexus: { annotations: { x: "${V}" } }`,
    `x-nexus: { labels: { x: "${V}" } }`,
    `x-nexus: { ingress: { host: "${V}.example.com" } }`,
    `x-nexus: { health_check_path: "/${V}" }`,
    `ports: ["${V}"]`,
    'ports: ["${NUMBERISH}"]',
    'ports: ["12:${NUMBERISH}"]',
    'ports: [{ target: "${NUMBERISH}" }]',
    `expose: ["${V}"]`,
    `hostname: "${V}"`,
    `domainname: "${V}"`,
    `user: "${V}"`,
    'user: "${NUMBERISH}"',
    `working_dir: "/${V}"`,
    `restart: "${V}"`,
    `mem_limit: "${V}"`,
    'mem_limit: "${NUMBERISH}m"',
    `cpus: "${V}"`,
    'cpus: "${NUMBERISH}"',
    'deploy: { replicas: "${NUMBERISH}" }',
    `deploy: { replicas: "${V}" }`,
    `volumes: ["/${V}"]`,
    `volumes: ["${V}:/x"]`,
    `volumes: ["./${V}:/x"]`,
    `volumes: ["/x:/y:${V}"]`,
    `tmpfs: ["/x:${V}"]`,
    `env_file: ["${V}"]`,
    `label_file: "${V}"`,
    `extends: { file: "${V}.yaml", service: x }`,
    `extends: { service: "${V}" }`,
    `depends_on: ["${V}"]`,
    `networks: ["${V}"]`,
    `networks: { default: { aliases: ["${V}"] } }`,
    `links: ["${V}"]`,
    `extra_hosts: ["${V}:1.2.3.4"]`,
    `extra_hosts: ["a:${V}"]`,
    `dns: ["${V}"]`,
    `dns_opt: ["${V}:1"]`,
    `dns_search: ["${V}"]`,
    `cap_add: ["${V}"]`,
    `sysctls: { net.ipv4.tcp_rmem: "${V}" }`,
    `sysctls: ["${V}=1"]`,
    `security_opt: ["${V}"]`,
    `group_add: ["${V}"]`,
    `platform: "${V}/amd64"`,
    `deploy: { placement: { constraints: ["node.hostname == ${V}"] } }`,
    `deploy: { placement: { constraints: ["${V}"] } }`,
    `healthcheck: { test: [CMD, a], interval: "${V}" }`,
    `healthcheck: { test: ["${V}", a] }`,
    `stop_signal: "${V}"`,
    `stop_grace_period: "${V}"`,
    `pull_policy: "${V}"`,
    `profiles: ["${V}"]`,
    `cgroup_parent: "${V}"`,
    `isolation: "${V}"`,
    `ipc: "${V}"`,
    `pid: "${V}"`,
    `runtime: "${V}"`,
    `devices: ["${V}:/dev/x"]`,
    `container_name: "${V}"`,
    `post_start: [{ command: [echo], environment: { X: "${V}" } }]`,
    `post_start: [{ command: [echo], environment: ["X=${V}"] }]`,
    `pre_stop: [{ command: [echo], environment: ["X=${V}"] }]`,
    `post_start: [{ command: [echo], working_dir: "${V}" }]`,
    // No shell, and a shell that would not expand it.
    `healthcheck: { test: [CMD, echo, "${V}"] }`,
    `healthcheck: { test: "echo '${V}'" }`,
    `post_start: [{ command: [echo, "${V}"] }]`,
    `environment: { X: "\${NOPE:?${V}}" }`,
    `environment: { X: "\${NOPE:?\${OTHER:-${V}}}" }`,
    // The value is too short to be found in a text.
    'expose: ["${SHORT}"]',
  ].map(service),
  withConfig(`{ external: true, name: "${V}" }`),
  withConfig(`{ file: "${V}" }`),
  withVolume(`{ name: "${V}" }`),
  withVolume(`{ external: true, name: "${V}" }`),
  withVolume(`{ x-nexus: { storage_class: "${V}" } }`),
  `${service("networks: [n]")}networks: { n: { name: "${V}" } }\n`,
  `${service("networks: [n]")}networks: { n: { labels: ["x=${V}"] } }\n`,
];

test.each(REFUSED)("a secret variable is refused by its name where somebody could read it: %j", (text) => {
  const { isRefused, text: problems } = shown(text);
  expectHidden(problems);
  expect(isRefused).toBe(true);
  expect(problems).toMatch(/DB_PASSWORD|NUMBERISH|SHORT|begins with/);
  expect(problems).not.toContain(SHORT);
});

const USED: readonly string[] = [
  ...[
    `command: [echo, "${V}"]`,
    `command: "echo ${V}"`,
    `entrypoint: [sh, -c, "echo ${V}"]`,
    `labels: { x: "${V}" }`,
    `labels: ["x=${V}"]`,
    `annotations: { x: "${V}" }`,
    `deploy: { labels: { x: "${V}" } }`,
    `environment: { PLAIN: "${V}" }`,
    `environment: ["PLAIN=${V}"]`,
    "environment: [DB_PASSWORD]",
    `environment: { DSN: "postgres://u:${V}@db/app" }`,
    'environment: { X: "${DB_PASSWORD:-a}" }',
    `environment: { X: "\${NOPE:-${V}}" }`,
    `environment: { X: "\${DB_PASSWORD:+${V}}" }`,
    `healthcheck: { test: "echo ${V}" }`,
    `healthcheck: { test: [CMD, sh, -c, "echo ${V}"] }`,
    `post_start: [{ command: [sh, -c, "echo ${V}"] }]`,
    `pre_stop: [{ command: [sh, -c, "echo ${V}"] }]`,
    `logging: { driver: splunk, options: { splunk-token: "${V}" } }`,
    `ulimits: { nofile: 1 }\nx-other: { a: "${V}" }`,
  ].map(service),
  withConfig(`{ content: "pw=${V}" }`),
  withConfig(`{ content: "${V}" }`),
  withConfig("{ environment: DB_PASSWORD }"),
  withVolume(`{ labels: { x: "${V}" } }`),
  withVolume(`{ driver_opts: { o: "password=${V}" } }`),
  `x-env: &env { X: "${V}" }\n${service("environment: *env")}`,
];

test.each(USED)("a secret variable is used where it becomes part of a Secret or is left out: %j", (text) => {
  const { isRefused, text: all } = shown(text);
  expectHidden(all);
  expect([isRefused, isRefused ? all : ""]).toEqual([false, ""]);
});

test.each([
  ["of the project", service('expose: ["${A}"]'), { ".env": `A=x${V}\nB=1\n` }, true],
  ["of the project, in two steps", service('expose: ["${B}"]'), { ".env": `A=\${SHORT}\nB=\${A}\n` }, true],
  ["of the project, by its bare name", service("environment: [A]"), { ".env": `A=${V}\n` }, false],
  ["of a service", service("env_file: [a.env]"), { "a.env": `A=${V}\nB=\${A}\n` }, false],
  ["of labels", service("label_file: [a.env]"), { "a.env": `a=${V}\n` }, false],
  ["with a message", service("env_file: [a.env]"), { "a.env": `A=\${NOPE:?${V}}\n` }, true],
  ["of the project with a message", service(""), { ".env": `A=\${NOPE:?${V}}\n` }, true],
])("a secret variable stays secret in an env file %s", (_, text, files: Record<string, string>, isRefused) => {
  const answer = shown(text, {}, files);
  expectHidden(answer.text);
  expect(answer.isRefused).toBe(isRefused);
});

test("a short secret in an env file goes into the Secret", () => {
  const { text } = shown(service("env_file: [a.env]"), {}, { "a.env": "A=${SHORT}\n" });
  expect(text).not.toContain(SHORT);
});

test("the value of a secret variable that is written out is hidden in problems and losses", () => {
  expect(shown(service(`restart: "${PASSWORD}"`)).text).toContain('"(hidden)" is not a restart policy');
  expect(shown(service(`cgroup_parent: "${PASSWORD}"`)).text).toContain("(hidden)");
  for (const line of [`restart: "${PASSWORD}"`, `cgroup_parent: "${PASSWORD}"`])
    expectHidden(shown(service(line)).text);
});

test("files of one's own machine may name secret variables anywhere, and the report says so", () => {
  const files = [{ name: "compose.yaml", text: service(`domainname: a\nworking_dir: "/${V}"`) }];
  const { losses } = convert({ files, directory: __dirname, environment: { DB_PASSWORD: PASSWORD }, project: "test" });
  expect(losses).toMatchObject([{ key: "domainname" }, { key: "working_dir", value: V }]);
});

test("a value that is also in a Secret is cut out of every field of a redacted manifest", () => {
  const pod = {
    containers: [
      { image: `busybox:${PASSWORD}`, workingDir: `/w/${PASSWORD}`, volumeMounts: [{ mountPath: `/${PASSWORD}` }] },
    ],
    hostAliases: [{ ip: "1.2.3.4", hostnames: [PASSWORD.toLowerCase()] }],
  };
  const labels = { other: PASSWORD };
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels }, spec: pod };
  const text = manifestText(redacted(object, [PASSWORD]));
  expectHidden(text);
  expect(text).toContain("image: busybox:REDACTED");
});
