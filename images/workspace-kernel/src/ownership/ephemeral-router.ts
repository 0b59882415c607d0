import { type App, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { KernelMetrics } from "../metrics";
import type { WorkspaceRow } from "../store/workspace-store";
import { OwnerGoneError, relay, type RelayOptions, sendRelayed, toRelayRequest } from "./relay";
import { type RoutedWorkspace, type RouterOptions, type TriedPods, WorkspaceRouter } from "./router";
import type { WorkspaceIds } from "./workspace-ids";

const PROBE_MS = 3000;

export interface EphemeralRouterOptions extends RouterOptions {
  readonly ids: WorkspaceIds;
  /** URL of the pod with this address. */
  readonly urlOf: (address: string) => string;
}

/** Finds workspaces without a database: the id of a workspace names its pod, and the workspace exists nowhere else. */
export class EphemeralRouter extends WorkspaceRouter {
  constructor(private readonly ephemeral: EphemeralRouterOptions) {
    super(ephemeral);
  }

  override async require(id: string, tenantId: string): Promise<WorkspaceRow> {
    const { kind } = this.ephemeral.ids.ownerOf(id);
    if (kind === "ended" || kind === "elsewhere") throw new ServiceError("workspace_ended");
    return await super.require(id, tenantId);
  }

  override async locate(workspace: RoutedWorkspace, isHop: boolean, tried: TriedPods): Promise<"here" | string> {
    const owner = this.ephemeral.ids.ownerOf(workspace.id);
    if (owner.kind !== "elsewhere" || isHop) return await super.locate(workspace, isHop, tried);
    const url = this.ephemeral.urlOf(owner.address);
    await fetch(`${url}/health`, { redirect: "error", signal: AbortSignal.timeout(PROBE_MS) }).catch(
      (cause: unknown) => {
        throw new ServiceError("workspace_ended", { cause });
      },
    );
    return url;
  }
}

export interface EphemeralRelayOptions extends RelayOptions, Pick<EphemeralRouterOptions, "ids" | "urlOf"> {
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  readonly metrics: KernelMetrics;
}

/** Passes every request for a workspace of another pod on to that pod. */
export function registerEphemeralRelay(app: App, options: EphemeralRelayOptions): void {
  const { ids, urlOf, authenticate, metrics } = options;
  app.addHook("preHandler", async (request, reply) => {
    const id = workspaceOf(request);
    const owner = id === undefined ? undefined : ids.ownerOf(id);
    if (owner?.kind !== "elsewhere") return;
    await authenticate(request);
    // The pod that passed it on read the same address in the id, so the pod at this address is no longer the one of the
    // id.
    const passed = toRelayRequest(request);
    if (passed.isHop) throw new ServiceError("workspace_ended");
    metrics.requests.inc({ served: "relayed" });
    try {
      return sendRelayed(reply, await relay(passed, urlOf(owner.address), options));
    } catch (error) {
      if (!(error instanceof OwnerGoneError)) throw error;
      throw new ServiceError("workspace_ended", { cause: error });
    }
  });
}

function workspaceOf({ params }: FastifyRequest): string | undefined {
  const given =
    typeof params === "object" && params !== null && "workspaceId" in params ? params.workspaceId : undefined;
  return typeof given === "string" ? given : undefined;
}
