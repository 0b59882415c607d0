import { parse } from "yaml";
import { features } from "../src/features";
import { specificationKeys } from "../src/schema/validate";
import { type Conversion } from "../src/convert";
import { ComposeError } from "../src/source/problem";
import { buildPair } from "./build-keys";
import { convertText } from "./support";

/**
 * Checks for each key of the specification that it changes the objects, or that it is in the loss report: the key is
 * added to a project, and the two conversions are compared.
 */

type Json = Record<string, unknown>;

const LISTS = new Set(
  ["ports", "volumes", "configs", "secrets", "env_file", "gpus", "post_start", "pre_stop"]
    .concat("deploy.placement.preferences", "deploy.resources.reservations.devices")
    .map((key) => `services.*.${key}`),
);

/** Keys that another key needs beside it. */
const BESIDE: Readonly<Record<string, string>> = {
  "services.*.ports": "{ target: 8080 }",
  "services.*.volumes": "{ type: volume, source: data, target: /data }",
  "services.*.volumes.tmpfs": "{}",
  "services.*.configs": "{ source: conf, target: /conf }",
  "services.*.secrets": "{ source: sec }",
  "services.*.env_file": "{ path: app.env }",
  "services.*.depends_on.*": "{ condition: service_started }",
  "services.*.healthcheck": "{ test: [CMD, check], start_period: 10s }",
  "services.*.post_start": "{ command: [run] }",
  "services.*.pre_stop": "{ command: [run] }",
  "services.*.gpus": "{ count: 2, capabilities: [gpu] }",
  "services.*.deploy.resources.reservations.devices": "{ count: 2, capabilities: [gpu] }",
  "services.*.extends": "{ service: other }",
  "volumes.*": "{}",
  "configs.*": "{ content: text }",
  "secrets.*": "{ environment: SECRET_VALUE }",
  "services.*.x-nexus.ingress": "{ host: a.example.com }",
  "services.*.x-nexus.autoscaling": "{ max_replicas: 5 }",
  "services.*.deploy.update_config": "{ parallelism: 2 }",
};

/** Values for keys that accept only certain ones. */
const VALUES: Readonly<Record<string, unknown>> = {
  name: "shop",
  include: ["include/cache.yaml"],
  "include.path": [{ path: "include/cache.yaml" }],
  "include.env_file": [{ path: "include/queue.yaml", env_file: "include/queue.env" }],
  "include.project_directory": [{ path: "include/cache.yaml", project_directory: "extends" }],
  "volumes.*.driver_opts": { type: "nfs" },
  "volumes.*.external": true,
  "volumes.*.external.name": "cold",
  "volumes.*.x-nexus.access_mode": "ReadWriteMany",
  "configs.*.file": "site.conf",
  "configs.*.environment": "PLAIN",
  "configs.*.external": true,
  "configs.*.external.name": "there",
  "secrets.*.file": "site.conf",
  "secrets.*.environment": "OTHER",
  "secrets.*.external": true,
  "secrets.*.external.name": "there",
  "networks.*.external": true,
  "services.*.build": ".",
  "services.*.user": "1000:1000",
  "services.*.group_add": [2000],
  "services.*.env_file": "app.env",
  "services.*.env_file.path": "extends/common.env",
  "services.*.env_file.format": "raw",
  "services.*.label_file": "labels.env",
  "services.*.tmpfs": "/run",
  "services.*.shm_size": "64m",
  "services.*.cap_add": ["KILL"],
  "services.*.security_opt": ["no-new-privileges:true"],
  "services.*.sysctls": { "net.ipv4.tcp_syncookies": 1 },
  "services.*.pull_policy": "always",
  "services.*.platform": "linux/arm64",
  "services.*.healthcheck.test": "other",
  "services.*.healthcheck.disable": true,
  "services.*.container_name": "shop-app",
  "services.*.links": ["other:alias"],
  "services.*.extra_hosts": ["a:10.0.0.1"],
  "services.*.dns": "10.0.0.1",
  "services.*.dns_opt": ["ndots:2"],
  "services.*.hostname": "front",
  "services.*.restart": "on-failure",
  "services.*.depends_on": ["other"],
  "services.*.depends_on.*.condition": "service_completed_successfully",
  "services.*.extends": "other",
  "services.*.networks": ["net"],
  "services.*.networks.*.aliases": ["www"],
  "services.*.ports.published": "30088",
  "services.*.ports.protocol": "udp",
  "services.*.ports.host_ip": "127.0.0.1",
  "services.*.expose": ["9000"],
  "services.*.ports": ["9000:9000"],
  "services.*.volumes": ["data:/data"],
  "services.*.volumes.type": "npipe",
  "services.*.volumes.source": "more",
  "services.*.volumes.target": "/else",
  "services.*.volumes.bind": { propagation: "rslave" },
  "services.*.volumes.bind.selinux": "z",
  "services.*.volumes.bind.recursive": "enabled",
  "services.*.volumes.tmpfs": { mode: 493 },
  "services.*.volumes_from": ["other"],
  "services.*.configs": ["conf"],
  "services.*.secrets": ["sec"],
  "services.*.configs.source": "site",
  "services.*.secrets.source": "more",
  "services.*.configs.mode": "0400",
  "services.*.secrets.mode": "0400",
  "services.*.gpus": "all",
  "services.*.gpus.capabilities": ["tpu"],
  "services.*.gpus.driver": "amd",
  "services.*.deploy.resources.reservations.devices.capabilities": ["tpu"],
  "services.*.deploy.resources.reservations.devices.driver": "amd",
  "services.*.deploy.mode": "global",
  "services.*.deploy.endpoint_mode": "dnsrr",
  "services.*.deploy.restart_policy.condition": "none",
  "services.*.deploy.placement.constraints": ["node.labels.a == b"],
  "services.*.deploy.placement.max_replicas_per_node": 1,
  "services.*.deploy.update_config.order": "start-first",
  "services.*.stop_grace_period": "45s",
  "services.*.mem_limit": "64m",
  "services.*.profiles": ["p"],
  "services.*.provider": { type: "cloud" },
  "services.*.x-nexus.service_type": "NodePort",
  "services.*.x-nexus.health_check_path": "/health",
  "services.*.x-nexus.ingress.enabled": false,
  "services.*.x-nexus.ingress.path": "/app",
  "services.*.x-nexus.resources.limits.memory": "256Mi",
  "services.*.x-nexus.autoscaling": { max_replicas: 3 },
  "services.*.x-nexus.autoscaling.min_replicas": 2,
  "services.*.x-nexus.autoscaling.max_replicas": 4,
  "services.*.x-nexus.autoscaling.cpu_percent": 50,
  "networks.*.ipam": { driver: "own" },
  "services.*.blkio_config": { weight: 100 },
  "services.*.cgroup": "host",
  "services.*.credential_spec": { file: "spec.json" },
  "services.*.deploy.rollback_config": { parallelism: 1 },
  "services.*.develop": { watch: [{ path: ".", action: "sync" }] },
  "services.*.healthcheck.start_period": "30s",
  "services.*.logging": { driver: "syslog" },
};

/** Keys without an effect in a cluster, or only together with others. */
const WITHOUT_EFFECT = new Set(["version", "services.*.volumes.volume.nocopy"]);
const INCLUDES = new Set(["include.path", "include.env_file", "include.project_directory"]);

/** Keys that need a larger context: a service without and with the key. */
const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  "services.*.extends.service": ["{}", "{ extends: { service: other } }"],
  "services.*.extends.file": ["{}", "{ extends: { service: base, file: extends/common.yaml } }"],
  "services.*.volumes.tmpfs.size": [
    "{ volumes: [{ type: tmpfs, target: /x, tmpfs: {} }] }",
    "{ volumes: [{ type: tmpfs, target: /x, tmpfs: { size: 1m } }] }",
  ],
  "services.*.volumes.image.subpath": [
    "{ volumes: [{ type: image, source: 'i:2', target: /x, image: {} }] }",
    "{ volumes: [{ type: image, source: 'i:2', target: /x, image: { subpath: a } }] }",
  ],
  "services.*.deploy.restart_policy.max_attempts": [
    "{ deploy: { mode: replicated-job, restart_policy: {} } }",
    "{ deploy: { mode: replicated-job, restart_policy: { max_attempts: 2 } } }",
  ],
  "services.*.env_file.required": [
    "{ env_file: [{ path: not-there.env }] }",
    "{ env_file: [{ path: not-there.env, required: false }] }",
  ],
  "services.*.depends_on.*.required": [
    "{ depends_on: { nobody: { condition: service_started } } }",
    "{ depends_on: { nobody: { condition: service_started, required: false } } }",
  ],
};

const leaves = [...new Set(specificationKeys())].filter(
  (key) => !features.some((row) => row.key.startsWith(`${key}.`)) || VALUES[key] !== undefined,
);
const rows = features.filter(({ key }) => leaves.includes(key) && !WITHOUT_EFFECT.has(key));

function project(): Json {
  return parse(`
services:
  app: { image: "i:1", expose: ["80"], x-keep: 1, environment: { TEAM: a } }
  other: { image: "i:1", expose: ["81"], volumes: ["more:/more"] }
volumes: { data: , more: }
networks: { net: }
configs: { conf: { content: text }, site: { content: site } }
secrets: { sec: { environment: SECRET_VALUE }, more: { environment: OTHER } }
`) as Json;
}

const USES: Readonly<Record<string, Json>> = {
  volumes: { volumes: ["data:/data"] },
  configs: { configs: ["conf"] },
  secrets: { secrets: ["sec"] },
  networks: { networks: ["net"] },
};
const NAMES: Readonly<Record<string, string>> = {
  services: "app",
  volumes: "data",
  configs: "conf",
  secrets: "sec",
  networks: "net",
};

/** The project with a value at a key, or only with the keys that it needs beside it. */
function withKey(key: string, value: unknown): Json {
  const document = project();
  const [section = "", ...rest] = key.split(".");
  if (INCLUDES.has(key) && value !== undefined) return { ...document, include: value };
  if (rest.length === 0) return value === undefined ? document : { ...document, [section]: value };
  const named = document[section] as Record<string, Json | null>;
  const name = NAMES[section] ?? "x";
  const app = (document.services as Record<string, Json>).app ?? {};
  if (section !== "services") Object.assign(app, USES[section]);
  // Only a volume that several services mount has a separate claim.
  if (section === "volumes") Object.assign((document.services as Record<string, Json>).other ?? {}, USES.volumes);
  const target = {
    ...(named?.[name] ?? {}),
    ...(rest.length > 1 ? (parse(BESIDE[`${section}.*`] ?? "{}") as Json) : {}),
  };
  if (section === "configs" && ["file", "environment", "external"].includes(rest[1] ?? "")) delete target.content;
  if (section === "secrets" && ["file", "external"].includes(rest[1] ?? "") && value !== undefined)
    delete target.environment;
  put(target, rest.slice(1), `${section}.*`, key, value);
  return { ...document, [section]: { ...named, [name]: target } };
}

function withService(fragment: string): Json {
  const document = project();
  Object.assign((document.services as Record<string, Json>).app ?? {}, parse(fragment));
  return document;
}

function put(into: Json, steps: readonly string[], above: string, key: string, value: unknown): void {
  const [step = "", ...rest] = steps;
  const here = `${above}.${step}`;
  if (rest.length === 0) {
    if (value !== undefined) into[step] = value;
    return;
  }
  if (rest[0] === "*") {
    const name = step === "depends_on" ? "other" : "net";
    const entry = parse(BESIDE[`${here}.*`] ?? "{}") as Json;
    into[step] = { [name]: entry };
    put(entry, rest.slice(1), `${here}.*`, key, value);
    return;
  }
  const child = { ...(parse(BESIDE[here] ?? "{}") as Json) };
  put(child, rest, here, key, value);
  into[step] = LISTS.has(here) ? [child] : child;
}

const CANDIDATES: readonly unknown[] = [
  "sample",
  "512Mi",
  "1",
  7,
  0.5,
  true,
  ["sample"],
  { a: "b" },
  { sample: {} },
  [{ path: "/a", rate: "1" }],
  "10s",
];

function run(document: Json): Conversion | undefined {
  try {
    const environment = { SECRET_VALUE: "hush", OTHER: "more", PLAIN: "plain" };
    const builds = { repository: "registry.example.com/shop", tag: "dev", inlineDockerfiles: true };
    return convertText(JSON.stringify(document), { environment, project: undefined, builds });
  } catch (error) {
    if (error instanceof ComposeError) return undefined;
    throw error;
  }
}

const made = (result: Conversion | undefined) => JSON.stringify([result?.objects, result?.builds]);

function lossesOf(result: Conversion | undefined): string[] {
  return (result?.losses ?? []).map(({ service, key, effect }) => `${service} ${key} ${effect}`);
}

describe("E5: every key is converted or in the loss report", () => {
  it("is a test of all keys", () => expect(rows.length).toBeGreaterThan(230));

  it.each(rows.map((row) => [row.key, row] as const))("%s", (key, row) => {
    const pair = PAIRS[key] ?? buildPair(key);
    const values = key in VALUES ? [VALUES[key]] : CANDIDATES;
    const before = run(pair ? withService(pair[0]) : key.startsWith("include") ? project() : withKey(key, undefined));
    const documents = pair ? [withService(pair[1])] : values.map((value) => withKey(key, value));
    const known = new Set(lossesOf(before));
    const changed = documents.some((document) => {
      const after = run(document);
      if (!after) return false;
      const lost = lossesOf(after).some((loss) => !known.has(loss));
      if (row.how === "lost") return lost;
      return lost || made(after) !== made(before);
    });
    expect({ key, how: row.how, changed }).toEqual({ key, how: row.how, changed: true });
  });
});
