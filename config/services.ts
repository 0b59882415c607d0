import { type BuiltService, builtServices } from "@nexus/contract";
import type { Sections } from "./schema";

/** Services that a configuration runs. */
export function enabledServices({ graphstudio, nexusOs }: Pick<Sections, "graphstudio" | "nexusOs">): BuiltService[] {
  const enabled: Readonly<Record<BuiltService, boolean>> = {
    "workspace-kernel": true,
    "graphstudio-backend": graphstudio.backend.enabled,
    "graphstudio-frontend": graphstudio.frontend.enabled,
    "nexus-os": nexusOs.enabled,
  };
  return builtServices.filter((service) => enabled[service]);
}

/**
 * Number of proxies in front of the services whose X-Forwarded-For is trusted: the studio, and an Ingress before it.
 * With a node port the Ingress is not counted: callers can bypass it and could forge the address that it would add.
 */
export function proxiesInFront({ networking }: Pick<Sections, "networking">): number {
  return networking.ingress && networking.nodePort === null ? 2 : 1;
}

/** The node port leads to the studio, or to the kernel if there is no studio. */
export function nodePorts({ graphstudio, networking }: Pick<Sections, "graphstudio" | "networking">) {
  const { nodePort } = networking;
  return graphstudio.frontend.enabled ? { kernel: null, frontend: nodePort } : { kernel: nodePort, frontend: null };
}
