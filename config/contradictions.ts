import { type Resources, resourceProblems } from "../components/lib/resources";
import { builtServices } from "../components/lib/naming";
import { memoryBytes } from "../components/lib/units";
import { type Problem, setCommand } from "./problem";
import type { Sections } from "./schema";

/** A rule that one value breaks because of another; `because` is the other one's path. */
export interface Contradiction extends Problem {
  readonly because?: readonly string[];
}

/** Values that fit each on its own but not together. */
export function contradictions(config: Sections): Contradiction[] {
  return [...kernelProblems(config), ...imageProblems(config), ...requestProblems(config)];
}

function kernelProblems({ kernel }: Sections): Contradiction[] {
  const found: Contradiction[] = [];
  const { autoscaling, httpPort, wsPort, cacheSize, limits } = kernel;
  if (autoscaling && autoscaling.minReplicas > autoscaling.maxReplicas) {
    const path = ["kernel", "autoscaling", "minReplicas"];
    const text = `"${autoscaling.minReplicas}" is above kernel.autoscaling.maxReplicas "${autoscaling.maxReplicas}"`;
    const fix = setCommand(path, String(autoscaling.maxReplicas));
    found.push({ path, text, fix, because: ["kernel", "autoscaling", "maxReplicas"] });
  }
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
  return found;
}

function imageProblems({ images }: Sections): Contradiction[] {
  if (images.builder !== "prebuilt") return [];
  return builtServices
    .filter((service) => images.references[service] === undefined)
    .map((service) => {
      const path = ["images", "references", service];
      const text = 'is missing; images.builder "prebuilt" takes this image by digest';
      return { path, text, fix: setCommand(path, "<registry>/<image>@sha256:<digest>") };
    });
}

function requestProblems({ kernel, graphstudio, postgres, redis }: Sections): Contradiction[] {
  const owners: [string[], Resources][] = [
    [["kernel"], kernel],
    [["graphstudio", "backend"], graphstudio.backend],
    [["graphstudio", "frontend"], graphstudio.frontend],
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
