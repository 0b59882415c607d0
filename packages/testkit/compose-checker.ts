import { isIP } from "node:net";
import * as path from "node:path";
import { z } from "zod";

/**
 * Checks Kubernetes objects as an API server and a careful reader would. It shares no code with the converter, so that
 * it cannot repeat the converter's mistakes.
 */

const objectSchema = z.looseObject({
  apiVersion: z.string().min(2),
  kind: z.string().min(2),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
type Checked = z.output<typeof objectSchema>;

const mount = z.looseObject({ name: z.string(), mountPath: z.string().min(1) });
const port = z.looseObject({ name: z.string(), containerPort: z.number(), protocol: z.string() });
const container = z.looseObject({
  name: z.string(),
  image: z.string().min(1),
  envFrom: z
    .array(
      z.looseObject({
        configMapRef: z.object({ name: z.string() }).optional(),
        secretRef: z.object({ name: z.string() }).optional(),
      }),
    )
    .optional(),
  ports: z.array(port).optional(),
  volumeMounts: z.array(mount).optional(),
  args: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  resources: z.object({ requests: z.record(z.string(), z.string()), limits: z.record(z.string(), z.string()) }),
});
const volume = z.looseObject({
  name: z.string(),
  configMap: z
    .looseObject({ name: z.string(), items: z.array(z.looseObject({ key: z.string(), path: z.string() })).optional() })
    .optional(),
  secret: z
    .looseObject({
      secretName: z.string(),
      items: z.array(z.looseObject({ key: z.string(), path: z.string() })).optional(),
    })
    .optional(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
});
const podSpec = z.looseObject({
  containers: z.array(container).length(1),
  initContainers: z.array(container).optional(),
  volumes: z.array(volume).optional(),
  serviceAccountName: z.string().optional(),
  hostAliases: z.array(z.object({ ip: z.string(), hostnames: z.array(z.string()) })).optional(),
  dnsConfig: z
    .looseObject({ nameservers: z.array(z.string()).optional(), searches: z.array(z.string()).optional() })
    .optional(),
  imagePullSecrets: z.array(z.object({ name: z.string() })).optional(),
});
const workloadSpec = z.looseObject({
  selector: z.object({ matchLabels: z.record(z.string(), z.string()) }).optional(),
  template: z.object({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }), spec: podSpec }),
  volumeClaimTemplates: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).optional(),
});
const serviceSpec = z.looseObject({
  type: z.string(),
  selector: z.record(z.string(), z.string()).optional(),
  externalName: z.string().optional(),
  clusterIP: z.string().optional(),
  ports: z
    .array(z.looseObject({ name: z.string(), port: z.number(), targetPort: z.string(), protocol: z.string() }))
    .optional(),
});

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const IMAGE =
  /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@\w+:[0-9a-f]{32,})?$/;
const LABEL = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** All problems of a set of objects; empty if an API server would accept them and they fit together. */
export function structuralProblems(input: readonly unknown[]): string[] {
  const objects = input.map((object) => objectSchema.parse(object));
  const found: string[] = [];
  const seen = new Set<string>();
  for (const object of objects) {
    const { kind, metadata } = object;
    const say = (text: string) => void found.push(`${kind} ${metadata.name}: ${text}`);
    const id = `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
    if (seen.has(id)) say("is there twice");
    seen.add(id);
    if (!(kind === "Service" ? SERVICE_NAME : NAME).test(metadata.name)) say("has a bad name");
    if (kind === "Namespace" && /^(default$|kube-)/.test(metadata.name)) say("belongs to the cluster");
    if (
      kind !== "Namespace" &&
      !objects.some((one) => one.kind === "Namespace" && one.metadata.name === metadata.namespace)
    )
      say("is in a namespace that nobody makes");
    for (const [key, value] of Object.entries(metadata.labels ?? {}))
      if (!LABEL.test(value)) say(`label ${key} has a bad value`);
    if (WORKLOADS.includes(kind)) checkWorkload(object, objects, say);
    if (kind === "Service") checkService(object, objects, say);
    if (kind === "Ingress") checkIngress(object, objects, say);
  }
  return found;
}

function within(objects: readonly Checked[], kind: string, like: Checked, name: string): Checked | undefined {
  return objects.find(
    (one) => one.kind === kind && one.metadata.namespace === like.metadata.namespace && one.metadata.name === name,
  );
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function checkWorkload(object: Checked, objects: readonly Checked[], say: (text: string) => void): void {
  const parsed = workloadSpec.safeParse(object.spec);
  if (!parsed.success) return say(`has a bad spec: ${parsed.error.message}`);
  const { selector, template, volumeClaimTemplates = [] } = parsed.data;
  if (object.kind !== "Job" && !matches(selector?.matchLabels ?? {}, template.metadata.labels))
    say("does not select its own pods");
  const pod = template.spec;
  const names = [
    ...(pod.volumes ?? []).map(({ name }) => name),
    ...volumeClaimTemplates.map(({ metadata }) => metadata.name),
  ];
  if (new Set(names).size !== names.length) say("has a volume twice");
  for (const { hostnames, ip } of pod.hostAliases ?? []) {
    if (isIP(ip) === 0) say(`knows a host by the bad address ${ip}`);
    for (const host of hostnames) if (!DOMAIN.test(host)) say(`knows a host by the bad name ${host}`);
  }
  const { nameservers = [], searches = [] } = pod.dnsConfig ?? {};
  if (nameservers.length > 3 || nameservers.some((server) => isIP(server) === 0)) say("has bad name servers");
  if (searches.length > 32 || !searches.every((domain) => DOMAIN.test(domain))) say("has bad search domains");
  if (pod.imagePullSecrets?.some(({ name }) => !DOMAIN.test(name))) say("pulls with a bad secret");
  if (pod.serviceAccountName !== undefined && !within(objects, "ServiceAccount", object, pod.serviceAccountName))
    say("has an account that nobody makes");
  for (const one of [...pod.containers, ...(pod.initContainers ?? [])]) {
    if (!IMAGE.test(one.image)) say(`runs the bad image ${one.image}`);
    for (const [resource, amount] of Object.entries(one.resources.limits))
      if (!/^[1-9]\d*(m|Ki|Mi|Gi|Ti)?$/.test(amount)) say(`has the bad limit ${resource} ${amount}`);
    const paths = (one.volumeMounts ?? []).map(({ mountPath }) => path.posix.join(mountPath, "."));
    if (paths.some((mounted) => mounted.includes(":"))) say("mounts a path with a colon");
    if (new Set(paths).size !== paths.length) say("mounts a path twice");
    for (const { name } of one.volumeMounts ?? []) if (!names.includes(name)) say(`mounts ${name}, which is no volume`);
    const ports = (one.ports ?? []).map(({ name }) => name);
    if (new Set(ports).size !== ports.length) say("has a port name twice");
    for (const name of ports)
      if (
        name.length > 15 ||
        !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) ||
        !/[a-z]/.test(name) ||
        name.includes("--")
      )
        say(`has the bad port name ${name}`);
    for (const source of one.envFrom ?? []) {
      if (source.configMapRef && !within(objects, "ConfigMap", object, source.configMapRef.name))
        say("reads no ConfigMap");
      if (source.secretRef && !within(objects, "Secret", object, source.secretRef.name)) say("reads no Secret");
    }
  }
  for (const one of pod.volumes ?? []) checkVolume(one, object, objects, say);
}

function checkVolume(
  one: z.output<typeof volume>,
  owner: Checked,
  objects: readonly Checked[],
  say: (text: string) => void,
): void {
  const kind = one.configMap ? "ConfigMap" : "Secret";
  const name = one.configMap?.name ?? one.secret?.secretName;
  const items = one.configMap?.items ?? one.secret?.items;
  // Without items, the object is external.
  if (name !== undefined && !DOMAIN.test(name)) say(`volume ${one.name} has the bad source ${name}`);
  if (name !== undefined && items !== undefined) {
    const source = within(objects, kind, owner, name);
    if (!source) say(`volume ${one.name} has no ${kind} ${name}`);
    const keys = Object.keys({
      ...(source?.data as object | undefined),
      ...(source?.binaryData as object | undefined),
    });
    for (const item of items)
      if (item.path.startsWith("..") || item.path.startsWith("/"))
        say(`volume ${one.name} has the bad path ${item.path}`);
    for (const { key } of items) if (!keys.includes(key)) say(`volume ${one.name}: ${name} has no key ${key}`);
  }
}

function checkService(object: Checked, objects: readonly Checked[], say: (text: string) => void): void {
  const spec = serviceSpec.parse(object.spec);
  if (spec.type === "ExternalName") return void (spec.externalName || say("leads nowhere"));
  const pods = objects
    .filter((one) => WORKLOADS.includes(one.kind) && one.metadata.namespace === object.metadata.namespace)
    .map((one) => workloadSpec.parse(one.spec).template)
    .filter(({ metadata }) => matches(spec.selector ?? {}, metadata.labels));
  if (pods.length !== 1) say(`selects ${pods.length} workloads`);
  const offered = pods.flatMap((pod) => pod.spec.containers[0]?.ports ?? []);
  const numbers = (spec.ports ?? []).map(({ port: number, protocol }) => `${number}/${protocol}`);
  if (new Set(numbers).size !== numbers.length) say("has a port twice");
  if (numbers.length === 0 && spec.clusterIP !== "None") say("has no ports and is not headless");
  for (const { targetPort, protocol } of spec.ports ?? [])
    if (!offered.some((one) => one.name === targetPort && one.protocol === protocol))
      say(`leads to no port ${targetPort}`);
}

const ingressSpec = z.looseObject({
  rules: z.array(
    z.looseObject({
      http: z.object({
        paths: z.array(
          z.looseObject({
            backend: z.object({ service: z.object({ name: z.string(), port: z.object({ name: z.string() }) }) }),
          }),
        ),
      }),
    }),
  ),
});

function checkIngress(object: Checked, objects: readonly Checked[], say: (text: string) => void): void {
  for (const { http } of ingressSpec.parse(object.spec).rules)
    for (const { backend } of http.paths) {
      const service = within(objects, "Service", object, backend.service.name);
      const ports = service ? (serviceSpec.parse(service.spec).ports ?? []) : [];
      if (!ports.some(({ name }) => name === backend.service.port.name))
        say(`leads to no port of ${backend.service.name}`);
    }
}

/** Endings of names that E7 treats as secret. */
const ENDINGS = [
  ...["API_KEY", "_KEY", "_KEYS", "ACCESSKEY", "AUTHKEY", "MASTERKEY", "SECRETKEY", "PSK", "_SEED", "_PIN", "MNEMONIC"],
  ...["_PASSWORD", "PASSWORDS", "DBPASS", "_PASS", "BINDPW", "PASSPHRASE", "PASSPHRASES", "_TOKEN", "_TOKENS"],
  ...["_CREDENTIALS", "_CREDENTIAL", "_SECRET", "_SECRETS"],
];

function letters(value: string): number {
  const counts = [...value].reduce<Record<string, number>>(
    (all, letter) => ({ ...all, [letter]: (all[letter] ?? 0) + 1 }),
    {},
  );
  return Object.values(counts).reduce(
    (sum, count) => sum - (count / value.length) * Math.log2(count / value.length),
    0,
  );
}

function reason(name: string, value: string): string | undefined {
  if (/^(\d{1,7}|true|false|)$/.test(value) && /(KEYS|TOKENS|SEED)$/i.test(name)) return undefined;
  const isPublic = name.toUpperCase().includes("PUBLIC") && /^(ssh-|-----BEGIN PUBLIC)/.test(value);
  if (
    !isPublic &&
    (ENDINGS.some((ending) => name.toUpperCase().endsWith(ending)) || /^(PASSWORD|TOKEN|SECRET)$/i.test(name))
  )
    return "by its name";
  if (value.includes("PRIVATE KEY")) return "private key";
  for (const [, user = "", host] of value.matchAll(/\/\/([^/\s]*)@(\S*)/g))
    if (host && (user.includes(":") || user.length > 24)) return "credentials in a URL";
  if (/^[^:/\s]+:[^@/\s]+@/.test(value)) return "credentials in a connection string";
  if (/[?&;\s,](password|pwd|token|secret)=[^&;\s]/i.test(`;${value}`)) return "a named value";
  if (/\b(sk-|sk_live_|ghp_|glpat-|xox[bp]-|AKIA|hf_|npm_|eyJhbGci)/.test(value)) return "a known prefix";
  const word = value.trim();
  if (/^[A-Za-z0-9+/=_-]{32,}$/.test(word) && /\d/.test(word) && /[a-z]/i.test(word) && letters(word) > 4.2)
    return "random letters";
  return undefined;
}

/** Values in ConfigMaps that look secret, by object and key; never the value. */
export function exposedSecrets(input: readonly unknown[]): string[] {
  return input
    .map((object) => objectSchema.parse(object))
    .filter(({ kind }) => kind === "ConfigMap")
    .flatMap(({ metadata, data }) =>
      Object.entries((data ?? {}) as Record<string, string>).flatMap(([key, value]) => {
        const lines = value.split("\n").map((line) => reason(key, line));
        const why = reason(key, value) ?? lines.find(Boolean);
        return why === undefined ? [] : [`${metadata.name}.${key}: ${why}`];
      }),
    );
}
