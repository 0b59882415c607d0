import { isIP } from "node:net";
import { type DeploymentSpec, deploymentSpecSchema, mergeSpecs } from "../deployment-spec";
import type { LossReport } from "../losses";
import { isDomainName } from "@nexus/contract";
import { dnsName } from "../names";
import { metadataName } from "../secret-names";
import { shellWords } from "../source/short-syntax";
import { misplaced } from "../secret-places";
import { marksIn, toPlain } from "../source/tree";
import type { BuildContext } from "./build";
import { CommandSecrets, type Lose } from "./command-secrets";
import { type EnvironmentContext, readEnvironment } from "./environment";
import { readHealthcheck } from "./healthcheck";
import { readImage } from "./image";
import { networksOf } from "./isolation";
import { pairsOf, readMetadata } from "./metadata";
import { type MountContext, readMounts } from "./mounts";
import { readPlacement } from "./placement";
import { checkPortNames, readPorts } from "./ports";
import type { Reader } from "./reader";
import { readResources } from "./resources";
import { type PodSecurity, readSecurity } from "./security";
import type { Dependency, Hook, Rollout, Service } from "./types";

export interface ServiceContext extends EnvironmentContext, MountContext, BuildContext {
  readonly podSecurity: PodSecurity;
  /** The caller's settings for this service; they override the file. */
  readonly spec: DeploymentSpec;
  readonly dependencies: readonly Dependency[];
  /** Unset variables in a key of this service. */
  readonly unset: (key: string) => readonly string[];
  /** Values that some service keeps secret. */
  readonly knownSecrets: readonly string[];
  /** Whether a secret variable may only be where nobody can read it. */
  readonly guarded: boolean;
  /** Another service waits until this one has ended. */
  readonly awaitedToEnd: boolean;
}

const PULL_POLICIES: Readonly<Record<string, Service["pullPolicy"]>> = {
  always: "Always",
  never: "Never",
  missing: "IfNotPresent",
  if_not_present: "IfNotPresent",
};

const READABLE = "a secret in it can be read in the manifest";
const READ_IN_SHELL = "set it in `environment` and write $$NAME, in a shell and without single quotes";

/** Reads one service of a canonical document. */
export function readService(name: string, service: Reader, context: ServiceContext): Service {
  const { report } = context;
  checkPortNames(service);
  const deploy = service.child("deploy");
  const own = service.at("x-nexus");
  const spec = mergeSpecs(own ? deploymentSpecSchema.parse(toPlain(own)) : {}, context.spec);
  const { min_replicas: fewest = 1, max_replicas: most = fewest } = spec.autoscaling ?? {};
  if (fewest > most)
    service.problem("x-nexus", `autoscaling has more \`min_replicas\` than \`max_replicas\``, `set at most ${most}`);
  for (const key of ["labels", "annotations"] as const)
    for (const [label, value] of Object.entries(spec[key] ?? {}))
      if (context.isSecret(metadataName(label), value))
        report.add(name, `x-nexus.${key}`, label, READABLE, "leave it out, and use an environment variable");
  const policy = service.text("pull_policy") || undefined;
  const { image, build } = readImage(name, service, spec, context);
  if (policy !== undefined && !PULL_POLICIES[policy] && !build)
    report.add(name, "pull_policy", policy, "the cluster's own policy is used", "use always, missing or never");
  const hostname = service.text("hostname");
  if (hostname !== undefined && dnsName(hostname) !== hostname)
    report.add(
      name,
      "hostname",
      hostname,
      "Kubernetes does not accept this host name",
      "use lower case, digits and dashes",
    );
  const mode = context.awaitedToEnd || deploy.text("mode")?.endsWith("-job") ? "job" : deploy.text("mode");
  const environment = readEnvironment(service, context);
  const secrets = new CommandSecrets(environment, image, context.knownSecrets);
  const commands = readCommands(name, service, secrets, spec.health_check_path === undefined, context);
  return {
    name,
    place: service.place,
    image,
    build,
    spec,
    ...commands,
    environment: [...environment, ...secrets.variables],
    workingDir: service.text("working_dir"),
    ports: readPorts(name, service, report),
    networks: networksOf(service),
    headless: deploy.text("endpoint_mode") === "dnsrr",
    mounts: readMounts(name, service, context),
    dependsOn: context.dependencies,
    mode: mode === "job" || mode === "global" ? mode : "replicated",
    replicas: deploy.whole("replicas") ?? service.whole("scale"),
    backoffLimit: readRestart(name, service, mode === "job", report),
    resources: readResources(name, service, report),
    placement: readPlacement(name, service, report),
    rollout: readRollout(deploy.child("update_config"), deploy.has("update_config")),
    ...readMetadata(name, service, context, report),
    aliases: readAliases(name, service),
    hostname: hostname !== undefined && dnsName(hostname) === hostname ? hostname : undefined,
    hostAliases: readHosts(name, service, report),
    dns: readDns(name, service, report),
    graceSeconds: service.duration("stop_grace_period"),
    readOnlyRoot: service.flag("read_only") ?? false,
    ...readSecurity(name, service, context.podSecurity, report),
    init: service.flag("init") ?? false,
    stdin: service.flag("stdin_open") ?? false,
    tty: service.flag("tty") ?? false,
    pullPolicy: policy === undefined ? undefined : PULL_POLICIES[policy],
  };
}

/**
 * Everything that runs in the container; secrets in it become variables.
 * @param probed whether the health check is used
 */
function readCommands(
  name: string,
  service: Reader,
  secrets: CommandSecrets,
  probed: boolean,
  { report, isSecret, guarded }: ServiceContext,
) {
  const lose = (key: string, at: Reader, field: string) => () => {
    const [secret] = marksIn([at.command(field) ?? []].flat().join(" "));
    if (guarded && secret !== undefined) at.problem(field, misplaced(secret), READ_IN_SHELL);
    else report.add(name, key, "", READABLE, READ_IN_SHELL);
  };
  const loseCheck = lose("healthcheck.test", service.child("healthcheck"), "test");
  const entrypoint = words(service, "entrypoint");
  const command = words(service, "command");
  // Read together, because a flag at the end of one may belong to the first word of the other.
  const all = secrets.words([...(entrypoint ?? []), ...(command ?? [])]);
  const hooks = (key: "post_start" | "pre_stop") =>
    service.children(key).map((hook) => {
      const read = readHook(hook, secrets, lose(`${key}.command`, hook, "command"));
      const advice = "set it in the `environment` of the service, which hooks read as well";
      if (read.environment.some(([variable, value]) => isSecret(variable, value)))
        report.add(name, `${key}.environment`, "", READABLE, advice);
      return read;
    });
  return {
    entrypoint: entrypoint && all.slice(0, entrypoint.length),
    command: command && all.slice(entrypoint?.length ?? 0),
    healthcheck: readHealthcheck(service, secrets, probed ? loseCheck : () => undefined),
    postStart: hooks("post_start"),
    preStop: hooks("pre_stop"),
  };
}

function words(service: Reader, key: string): string[] | undefined {
  const command = service.command(key);
  if (typeof command !== "string") return command;
  const split = shellWords(command);
  if (!split) service.problem(key, "a quote does not end", "close it, or write a list");
  return split;
}

/** Maximum number of attempts of a Job; Deployments have no such limit. */
function readRestart(name: string, service: Reader, isJob: boolean, report: LossReport): number | undefined {
  const policy = service.child("deploy").child("restart_policy");
  const restart = policy.text("condition") || service.text("restart");
  const attempts = policy.whole("max_attempts") ?? /^on-failure:(\d+)$/.exec(restart ?? "")?.[1];
  if (isJob)
    return attempts === undefined ? (restart === "no" || restart === "none" ? 0 : undefined) : Number(attempts);
  if (restart !== undefined && /^(no|none|on-failure.*)$/.test(restart)) {
    const key = policy.has("condition") ? "deploy.restart_policy.condition" : "restart";
    report.add(
      name,
      key,
      restart,
      "a container that ends is started again",
      "set `deploy.mode: replicated-job` for a program that ends",
    );
  }
  return undefined;
}

function readRollout(config: Reader, given: boolean): Rollout | undefined {
  if (!given) return undefined;
  return {
    parallelism: config.whole("parallelism") ?? 1,
    startFirst: config.text("order") === "start-first",
    delaySeconds: Math.ceil(config.duration("delay") ?? 0),
  };
}

function readAliases(name: string, service: Reader): string[] {
  const aliases = service.named("networks").flatMap(([, network]) => network.texts("aliases"));
  const container = service.text("container_name");
  return [...new Set([...(container === undefined ? [] : [container]), ...aliases])].filter(
    (alias) => alias !== name && alias !== "",
  );
}

function readHosts(name: string, service: Reader, report: LossReport): Service["hostAliases"] {
  const byAddress = new Map<string, string[]>();
  for (const [host] of service.entries("extra_hosts"))
    for (const ip of service.child("extra_hosts").texts(host)) {
      const known = host.toLowerCase();
      const lose = (effect: string, advice: string) => report.add(name, "extra_hosts", `${host}:${ip}`, effect, advice);
      if (isIP(ip) === 0) lose("only addresses are carried over", "write an IP address");
      else if (!isDomainName(known))
        lose("Kubernetes does not accept this host name", "use letters, digits and dashes");
      else byAddress.set(ip, [...(byAddress.get(ip) ?? []), known]);
      if (known !== host && isDomainName(known)) lose("its name is in lower case", `write ${known}`);
    }
  return [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }));
}

const MAX_DNS_SERVERS = 3;
const MAX_DNS_SEARCHES = 32;

function readDns(name: string, service: Reader, report: LossReport): Service["dns"] {
  const usable = (key: string, most: number, isValid: (text: string) => boolean, what: string) => {
    const given = service.texts(key).filter(Boolean);
    const valid = given.filter((text) => {
      if (!isValid(text)) report.add(name, key, text, `it is not ${what}`, "correct it");
      return isValid(text);
    });
    if (valid.length > most) report.add(name, key, valid.slice(most), `pods have at most ${most}`, "choose among them");
    return valid.slice(0, most);
  };
  return {
    servers: usable("dns", MAX_DNS_SERVERS, (text) => isIP(text) > 0, "an IP address"),
    searches: usable("dns_search", MAX_DNS_SEARCHES, (text) => text === "." || isDomainName(text), "a domain"),
    options: service.texts("dns_opt").filter((text) => text !== ""),
  };
}

function readHook(hook: Reader, secrets: CommandSecrets, lose: Lose): Hook {
  const command = hook.command("command");
  if (command?.length === 0) hook.problem("command", "runs nothing", "name a program");
  return {
    run:
      typeof command === "string"
        ? { shell: secrets.shell(command, lose) }
        : { command: secrets.exec(command ?? [], lose) },
    directory: hook.text("working_dir"),
    environment: Array.isArray(hook.plain("environment"))
      ? hook
          .texts("environment")
          .map((text): [string, string] => [text.split("=")[0] ?? "", text.split("=").slice(1).join("=")])
      : pairsOf(hook.entries("environment")),
  };
}
