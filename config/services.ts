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
 * Proxies between a person and the backend whose word for the caller's address counts: the studio, and an Ingress
 * before it. A node port leads around the Ingress, so beside it anybody could name any address in the Ingress' place.
 */
export function proxiesInFront({ networking }: Pick<Sections, "networking">): number {
  return networking.ingress && networking.nodePort === null ? 2 : 1;
}

/** The node port belongs to the workload that people reach first: the studio, or the kernel where there is none. */
export function nodePorts({ graphstudio, networking }: Pick<Sections, "graphstudio" | "networking">) {
  const { nodePort } = networking;
  return graphstudio.frontend.enabled ? { kernel: null, frontend: nodePort } : { kernel: nodePort, frontend: null };
}
