import { resourceProblems, type Resources } from "@nexus/contract";
import { memoryBytes } from "@nexus/contract";
import { type Problem, setCommand } from "./problem";
import type { Sections } from "./schema";
import { enabledServices } from "./services";

/** A rule that one value breaks because of another; `because` is the other one's path. */
export interface Contradiction extends Problem {
  readonly because?: readonly string[];
}

/** Values that fit each on its own but not together. */
export function contradictions(config: Sections): Contradiction[] {
  return [
    ...scaleProblems("kernel", config.kernel),
    ...scaleProblems("nexusOs", config.nexusOs),
    ...kernelProblems(config),
    ...topologyProblems(config),
    ...issuerProblems(config),
    ...aiProblems(config),
    ...imageProblems(config),
    ...requestProblems(config),
    ...composeProblems(config),
  ];
}

function scaleProblems(owner: string, { autoscaling }: Pick<Sections["nexusOs"], "autoscaling">): Contradiction[] {
  if (!autoscaling) return [];
  const { minReplicas, maxReplicas } = autoscaling;
  return orderProblem([owner, "autoscaling"], ["minReplicas", minReplicas], ["maxReplicas", maxReplicas]);
}

function kernelProblems({ kernel }: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  const { httpPort, wsPort, cacheSize, limits, workspaces } = kernel;
  if (httpPort === wsPort) {
    const path = ["kernel", "wsPort"];
    const text = `"${wsPort}" is kernel.httpPort as well`;
    found.push({ path, text, fix: setCommand(path, String(httpPort + 1)), because: ["kernel", "httpPort"] });
  }
  if (limits.memory !== null && (memoryBytes(cacheSize) ?? 0) >= (memoryBytes(limits.memory) ?? Infinity)) {
    const path = ["kernel", "cacheSize"];
    const text = `"${cacheSize}" leaves nothing of kernel.limits.memory "${limits.memory}"`;
    found.push({ path, text, fix: setCommand(path, "128Mi"), because: ["kernel", "limits", "memory"] });
  }
  const target = kernel.autoscaling?.activeWorkspaces;
  if (target && target.average >= workspaces.perPod) {
    const path = ["kernel", "autoscaling", "activeWorkspaces", "average"];
    const text = `"${target.average}" is never passed by pods that hold kernel.workspaces.perPod "${workspaces.perPod}"`;
    const fix = setCommand(path, String(Math.max(1, Math.floor(workspaces.perPod * 0.7))));
    found.push({ path, text, fix, because: ["kernel", "workspaces", "perPod"] });
  }
  const { minInstances, maxInstances, cacheMaxMb } = workspaces;
  if (cacheMaxMb * 1024 * 1024 > (memoryBytes(cacheSize) ?? Infinity)) {
    const path = ["kernel", "workspaces", "cacheMaxMb"];
    const text = `"${cacheMaxMb}" is more than kernel.cacheSize "${cacheSize}" holds`;
    found.push({ path, text, fix: setCommand(path, "64"), because: ["kernel", "cacheSize"] });
  }
  const pool = orderProblem(["kernel", "workspaces"], ["minInstances", minInstances], ["maxInstances", maxInstances]);
  return [...found, ...pool];
}

/** A value that must not be above another one of its object. */
function orderProblem(owner: readonly string[], low: [string, number], high: [string, number]): Contradiction[] {
  if (low[1] <= high[1]) return [];
  const [path, because] = [
    [...owner, low[0]],
    [...owner, high[0]],
  ];
  const text = `"${low[1]}" is above ${because.join(".")} "${high[1]}"`;
  return [{ path, text, fix: setCommand(path, String(high[1])), because }];
}

/** Parts of a topology that need one another. */
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
      const text = `"none" leaves ${user.join(".")} without what it keeps there`;
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

/** What is said of an issuer's tokens needs to know the issuer. */
function issuerProblems({ auth }: Sections): Contradiction[] {
  const given = (["jwksUrl", "audience"] as const).find((key) => auth[key] !== null);
  if (auth.issuer !== null || given === undefined || !auth.enabled) return [];
  const path = ["auth", "issuer"];
  const text = `is missing; auth.${given} is about tokens that name it`;
  return [{ path, text, fix: setCommand(path, "https://login.example.com"), because: ["auth", given] }];
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
  const groups = [Object.entries({ kernel, backend, frontend, nexusOs, postgres, redis }), Object.entries(secrets)];
  return groups.flatMap((group) =>
    group.flatMap(([key, name], index) => {
      const earlier = group.slice(0, index).find(([, other]) => other === name)?.[0];
      if (earlier === undefined) return [];
      const path = ["names", key];
      const text = `"${name}" is names.${earlier} as well`;
      return [{ path, text, fix: setCommand(path, `${name}-2`), because: ["names", earlier] }];
    }),
  );
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

function requestProblems({ kernel, graphstudio, nexusOs, postgres, redis }: Sections): Contradiction[] {
  const owners: [string[], Resources][] = [
    [["kernel"], kernel],
    [["graphstudio", "backend"], graphstudio.backend],
    [["graphstudio", "frontend"], graphstudio.frontend],
    [["nexusOs"], nexusOs],
    [["postgres"], postgres],
    [["redis"], redis],
  ];
  return owners.flatMap(([owner, resources]) =>
    resourceProblems(resources).map(({ field, text }) => {
      const path = [...owner, "requests", field];
      const fix = setCommand(path, resources.limits[field] ?? "");
      return { path, text: `"${resources.requests[field] ?? ""}" ${text}`, fix, because: [...owner, "limits", field] };
    }),
  );
}

/** Two projects in one namespace, or one in the platform's, would take each other's names. */
function composeProblems({ compose, namespace }: Sections): Contradiction[] {
  const taken = new Map([[namespace, "the platform"]]);
  return Object.entries(compose).flatMap(([name, project]) => {
    const owner = taken.get(project.namespace);
    taken.set(project.namespace, name);
    if (owner === undefined) return [];
    const path = ["compose", name, "namespace"];
    return [{ path, text: `"${project.namespace}" is the namespace of ${owner} as well`, fix: setCommand(path, name) }];
  });
}
