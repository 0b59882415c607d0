import {
  alternatives,
  backupName,
  isOwnNamespace,
  migrationName,
  reservedNames,
  resourceProblems,
} from "@nexus/contract";
import { memoryProblems } from "./memory";
import { type Pods, podsOf } from "./pods";
import { poolProblems } from "./pool";
import { type Contradiction, removeCommand, setCommand } from "./problem";
import { quotaProblems } from "./quota";
import type { Inputs } from "./inputs";
import type { Sections } from "./schema";
import { enabledServices } from "./services";

/** Values that are valid alone but not together. @param given what the stack itself sets */
export function contradictions(config: Sections, given: Inputs["sections"]): Contradiction[] {
  const pods = podsOf(config);
  return [
    ...scaleProblems("kernel", config.kernel, given),
    ...scaleProblems("nexusOs", config.nexusOs, given),
    ...kernelProblems(config),
    ...memoryProblems(config),
    ...topologyProblems(config),
    ...issuerProblems(config),
    ...aiProblems(config),
    ...mailProblems(config),
    ...planProblems(config),
    ...imageProblems(config),
    ...backupProblems(config, given),
    ...requestProblems(pods),
    ...poolProblems(config, pods),
    ...quotaProblems(config.quotas, pods),
    ...composeProblems(config),
  ];
}

function planProblems({ plans, kernel }: Sections): Contradiction[] {
  const names = Object.keys(plans.definitions);
  const { executionTimeoutMs } = kernel.workspaces;
  const leastSeconds = Math.ceil(executionTimeoutMs / 1000);
  const short = Object.entries(plans.definitions).flatMap(([name, { executionSecondsPerDay: seconds }]) => {
    if (seconds === null || seconds >= leastSeconds) return [];
    const path = ["plans", "definitions", name, "executionSecondsPerDay"];
    const text = `"${seconds}" lets no code run: one execution may take kernel.workspaces.executionTimeoutMs "${executionTimeoutMs}"`;
    const because = ["kernel", "workspaces", "executionTimeoutMs"];
    return [{ path, text, fix: setCommand(path, String(leastSeconds)), because }];
  });
  if (names.includes(plans.default)) return short;
  const path = ["plans", "default"];
  const text = `"${plans.default}" is not the name of a plan; use ${alternatives(names)}`;
  return [...short, { path, text, fix: setCommand(path, names[0] ?? "unlimited"), because: ["plans", "definitions"] }];
}

type Scaled = Pick<Sections["nexusOs"], "autoscaling" | "replicas" | "requests" | "limits">;

function scaleProblems(
  owner: "kernel" | "nexusOs",
  { autoscaling, replicas, requests, limits }: Scaled,
  given: Inputs["sections"],
): Contradiction[] {
  if (!autoscaling) return [];
  const { minReplicas, maxReplicas } = autoscaling;
  const found = orderProblem([owner, "autoscaling"], ["minReplicas", minReplicas], ["maxReplicas", maxReplicas]);
  const because = [owner, "autoscaling"];
  const isGiven = (key: string) => valueAt(given, [owner, key]) !== undefined;
  if (isGiven("replicas")) {
    const path = [owner, "replicas"];
    const text = `"${replicas}" contradicts ${owner}.autoscaling, which runs ${minReplicas} to ${maxReplicas} pods`;
    // Who sets both wants the autoscaler; else it comes from the preset.
    const fix = isGiven("autoscaling") ? removeCommand(path) : setCommand(because, "null");
    found.push({ path, text, fix, because });
  }
  for (const resource of ["cpu", "memory"] as const) {
    if (requests[resource] !== null || limits[resource] !== null) continue;
    const path = [owner, "limits", resource];
    const text = `"null" leaves ${owner}.autoscaling.${resource}Percent without a request or limit to compare with`;
    found.push({ path, text, fix: removeCommand(path), because: [owner, "requests", resource] });
  }
  return found;
}

function kernelProblems({ kernel }: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  const { httpPort, wsPort, workspaces } = kernel;
  if (httpPort === wsPort) {
    const path = ["kernel", "wsPort"];
    const text = `"${wsPort}" is kernel.httpPort as well`;
    found.push({ path, text, fix: setCommand(path, otherPort(httpPort)), because: ["kernel", "httpPort"] });
  }
  const [http, sockets] = [kernel.serviceHttpPort ?? httpPort, kernel.serviceWsPort ?? wsPort];
  if (http === sockets && httpPort !== wsPort) {
    const path = ["kernel", kernel.serviceWsPort === null ? "serviceHttpPort" : "serviceWsPort"];
    const text = `"${http}" would be both ports of the Service`;
    found.push({ path, text, fix: setCommand(path, otherPort(http)), because: ["kernel", "httpPort"] });
  }
  const target = kernel.autoscaling?.activeWorkspaces;
  if (target && target.average >= workspaces.perPod) {
    const at = ["kernel", "autoscaling", "activeWorkspaces"];
    const path = [...at, "average"];
    const text = `"${target.average}" is never exceeded, because one pod holds at most kernel.workspaces.perPod "${workspaces.perPod}"`;
    const below = Math.floor(workspaces.perPod * 0.7);
    const fix = below === 0 ? setCommand(at, "null") : setCommand(path, String(below));
    found.push({ path, text, fix, because: ["kernel", "workspaces", "perPod"] });
  }
  const { minInstances, maxInstances } = workspaces;
  const pool = orderProblem(["kernel", "workspaces"], ["minInstances", minInstances], ["maxInstances", maxInstances]);
  return [...found, ...pool];
}

function otherPort(port: number): string {
  return String(port < 65_535 ? port + 1 : port - 1);
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    tree,
  );
}

/** A value that must not be greater than another value of the same object. */
function orderProblem(owner: readonly string[], low: [string, number], high: [string, number]): Contradiction[] {
  if (low[1] <= high[1]) return [];
  const [path, because] = [
    [...owner, low[0]],
    [...owner, high[0]],
  ];
  const text = `"${low[1]}" is above ${because.join(".")} "${high[1]}"`;
  return [{ path, text, fix: setCommand(path, String(high[1])), because }];
}

/** Services that are enabled without a service that they need. */
function topologyProblems({ graphstudio, nexusOs, postgres, redis, auth, names }: Sections): Contradiction[] {
  const needs = [
    { user: ["graphstudio", "backend"], on: graphstudio.backend.enabled, server: "postgres", mode: postgres.mode },
    { user: ["graphstudio", "backend"], on: graphstudio.backend.enabled, server: "redis", mode: redis.mode },
    { user: ["nexusOs"], on: nexusOs.enabled, server: "redis", mode: redis.mode },
  ];
  const found: Contradiction[] = needs
    .filter(({ on, mode }) => on && mode === "none")
    .map(({ user, server }) => {
      const path = [server, "mode"];
      const text = `"none" leaves ${user.join(".")} without the server that it needs`;
      return { path, text, fix: setCommand(path, "builtin"), because: [...user, "enabled"] };
    });
  if (!auth.enabled && (auth.issuer !== null || auth.jwksUrl !== null)) {
    const path = ["auth", "enabled"];
    const because = ["auth", auth.issuer === null ? "jwksUrl" : "issuer"];
    const text = `"false" contradicts ${because.join(".")}, which says who signs tokens`;
    found.push({ path, text, fix: setCommand(path, "true"), because });
  }
  return [...found, ...nameProblems(names)];
}

/** Settings of an external issuer need the issuer's name. */
function issuerProblems({ auth }: Sections): Contradiction[] {
  const given = (["jwksUrl", "audience"] as const).find((key) => auth[key] !== null);
  if (auth.issuer !== null || given === undefined || !auth.enabled) return [];
  const path = ["auth", "issuer"];
  const text = `is missing; auth.${given} applies only to the tokens of an issuer`;
  return [{ path, text, fix: setCommand(path, "https://login.example.com"), because: ["auth", given] }];
}

/** Mails have a sender, and links that lead to the studio. */
function mailProblems({ graphstudio: { backend } }: Sections): Contradiction[] {
  if (!backend.enabled || backend.mailHost === null) return [];
  const needed = { mailFrom: "nexus@example.com", studioUrl: "https://studio.example.com" } as const;
  return (["mailFrom", "studioUrl"] as const)
    .filter((key) => backend[key] === null)
    .map((key) => ({
      path: ["graphstudio", "backend", key],
      text: "is missing; mails need it, and graphstudio.backend.mailHost is set",
      fix: setCommand(["graphstudio", "backend", key], needed[key]),
      because: ["graphstudio", "backend", "mailHost"],
    }));
}

/** The AI is in one place, and has what it needs there. */
function aiProblems({ ai, kernel, nexusOs, redis }: Sections): Contradiction[] {
  const found: Contradiction[] = [
    ...orderProblem(["ai"], ["defaultMaxTokens", ai.defaultMaxTokens], ["maxTokens", ai.maxTokens]),
    ...orderProblem(["ai"], ["maxConcurrentPerTenant", ai.maxConcurrentPerTenant], ["maxConcurrent", ai.maxConcurrent]),
  ];
  const path = ["kernel", "ai"];
  if (kernel.ai && nexusOs.enabled) {
    const text = '"true" contradicts nexusOs.enabled, which serves the same paths';
    found.push({ path, text, fix: setCommand(path, "false"), because: ["nexusOs", "enabled"] });
  }
  if (kernel.ai && redis.mode === "none") {
    const text = '"true" needs the cache, and redis.mode is "none"';
    found.push({ path, text, fix: setCommand(["redis", "mode"], "builtin"), because: ["redis", "mode"] });
  }
  return found;
}

/** Objects of one kind cannot share a name. */
function nameProblems(names: Sections["names"]): Contradiction[] {
  const { kernel, backend, frontend, nexusOs, postgres, redis, settings: _, platform: __, ...secrets } = names;
  const reserved = [
    ...Object.values(reservedNames).map((name) => [name, "a name that the platform uses itself"] as const),
    ...(["kernel", "backend"] as const).map(
      (key) => [migrationName(names[key]), `the migration of names.${key}`] as const,
    ),
    [backupName(postgres), "the backup of names.postgres"] as const,
  ];
  const groups = [
    { taken: new Map(reserved), own: Object.entries({ kernel, backend, frontend, nexusOs, postgres, redis }) },
    { taken: new Map<string, string>(), own: Object.entries(secrets) },
  ];
  return groups.flatMap(({ taken, own }) =>
    own.flatMap(([key, name]) => {
      const other = taken.get(name);
      taken.set(name, `names.${key}`);
      if (other === undefined) return [];
      const path = ["names", key];
      const free = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${name.slice(0, 50)}-${number}`);
      const all = new Set([...taken.keys(), ...own.map(([, one]) => one)]);
      const fix = setCommand(path, free.find((one) => !all.has(one)) ?? "<name>");
      return [{ path, text: `"${name}" is ${other}${other.startsWith("names.") ? " as well" : ""}`, fix }];
    }),
  );
}

/** Backups need a database. */
function backupProblems(
  { postgres: { mode, backup, restoreFrom } }: Sections,
  given: Inputs["sections"],
): Contradiction[] {
  const path = ["postgres", "backup"];
  const own = valueAt(given, path);
  if (restoreFrom !== null && (mode === "none" || backup === null)) {
    const because = ["postgres", backup === null ? "backup" : "mode"];
    const text = `"${restoreFrom}" is set, but ${because.join(".")} is "${backup === null ? "null" : mode}", so there are no backups`;
    const from = ["postgres", "restoreFrom"];
    return [{ path: from, text, fix: removeCommand(from), because }];
  }
  if (mode !== "none" || own === undefined || own === null) return [];
  const text = `is set, but postgres.mode is "${mode}", so there is no database to back up`;
  return [{ path, text, fix: removeCommand(path), because: ["postgres", "mode"] }];
}

function imageProblems(config: Sections): Contradiction[] {
  const { images } = config;
  if (images.builder !== "prebuilt") return [];
  return enabledServices(config)
    .filter((service) => images.references[service] === undefined)
    .map((service) => {
      const path = ["images", "references", service];
      const text = 'is missing; images.builder "prebuilt" takes this image by digest';
      return { path, text, fix: setCommand(path, "<registry>/<image>@sha256:<digest>") };
    });
}

function requestProblems(pods: readonly Pods[]): Contradiction[] {
  return pods.flatMap(({ owner, resources }) =>
    owner === undefined
      ? []
      : resourceProblems(resources).map(({ field, text }) => {
          const path = [...owner, "requests", field];
          const fix = setCommand(path, resources.limits[field] ?? "");
          const because = [...owner, "limits", field];
          return { path, text: `"${resources.requests[field] ?? ""}" ${text}`, fix, because };
        }),
  );
}

/** Two projects in one namespace, or one in the platform's, could have objects of the same name. */
function composeProblems({ compose, namespace }: Sections): Contradiction[] {
  const taken = new Map([[namespace, "the platform"]]);
  const all = new Set([namespace, ...Object.values(compose).map((project) => project.namespace)]);
  return Object.entries(compose).flatMap(([name, project]) => {
    const owner = taken.get(project.namespace);
    taken.set(project.namespace, name);
    if (owner === undefined) return [];
    const path = ["compose", name, "namespace"];
    const free = [name, `compose-${name}`].find((one) => isOwnNamespace(one) && !all.has(one)) ?? "<namespace>";
    return [{ path, text: `"${project.namespace}" is the namespace of ${owner} as well`, fix: setCommand(path, free) }];
  });
}
