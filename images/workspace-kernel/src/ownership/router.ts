import { type Logger, ServiceError } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { KernelMetrics } from "../metrics";
import type { Stores } from "../store/stores";
import { found, type WorkspaceRow } from "../store/workspace-store";
import { NotHeldError } from "../workspaces/held";
import type { WorkspaceHolder } from "../workspaces/holder";
import { HOP_HEADER, OwnerGoneError, OwnerMovedError, relay, type RelayOptions } from "./relay";

export interface RouterOptions extends RelayOptions {
  readonly workspaces: Stores["workspaces"];
  readonly pods: Stores["pods"];
  readonly holder: WorkspaceHolder;
  readonly metrics: KernelMetrics;
  readonly log: Logger;
}

/** What to do with a request: run it here, or it was answered by the pod that it was relayed to. */
export type Placement = "here" | "relayed";

/** `active`: a workspace without an owner gets one. `any`: it is served here without taking it. */
export type PlacementMode = "active" | "any";

const ATTEMPTS = 5;
const FULL_RETRY_SECONDS = 10;
/** A pod passes a workspace without an owner on only when it holds this many more than the emptiest one. */
const IMBALANCE = 5;

/** Finds the pod for a request, as the lease rows say. */
export class WorkspaceRouter {
  constructor(private readonly options: RouterOptions) {}

  async require(id: string, tenantId: string): Promise<WorkspaceRow> {
    return found(await this.options.workspaces.find(id, tenantId));
  }

  /** Does work on the pod that holds the workspace; undefined when that was another one, which has answered. */
  async run<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    workspace: { readonly id: string; readonly tenantId: string; readonly mode?: PlacementMode },
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const { id, tenantId, mode = "active" } = workspace;
    const { metrics } = this.options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const placement = await this.place(request, reply, id, tenantId, mode);
      metrics.requests.inc({ served: placement ?? "retried" });
      if (placement === "relayed") return undefined;
      if (placement === undefined) continue;
      try {
        return await work();
      } catch (error) {
        // It went to another pod in between, before anything of this request was kept.
        if (!(error instanceof NotHeldError)) throw error;
      }
    }
    throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
  }

  /**
   * Where a socket finds the workspace: here, after taking it if nobody had it, or at the URL of its owner.
   * @param goneUrl an owner that was found dead: the workspace is taken from it before its lease ends
   */
  async locate(id: string, tenantId: string, isHop: boolean, goneUrl?: string): Promise<"here" | string> {
    const { holder, pod, pods, workspaces } = this.options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (holder.holds(id, tenantId)) return "here";
      const row = await this.require(id, tenantId);
      const isGone = goneUrl !== undefined && row.ownerUrl === goneUrl;
      const elsewhere = row.ownerAlive && row.ownerPod !== pod && !isGone;
      if (elsewhere && row.ownerUrl !== null && !isHop) return row.ownerUrl;
      if (elsewhere) break;
      if (row.stopped) throw new ServiceError("workspace_stopped");
      if (!holder.hasRoom) {
        if (isHop) break;
        if (isGone) await workspaces.release(id, row.epoch, "owner_lost");
        const emptiest = await pods.emptiest();
        if (emptiest) return emptiest.url;
        if (await holder.makeRoomFor(tenantId)) continue;
        throw new ServiceError("kernel_full", { retryAfterSeconds: FULL_RETRY_SECONDS });
      }
      if (await holder.claim(row)) return "here";
    }
    throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
  }

  /** For a request that any pod with room may serve; undefined when there is room here after all. */
  async elsewhere(request: FastifyRequest, reply: FastifyReply, tenantId: string): Promise<"relayed" | undefined> {
    // The pod that sent it here knew of an owner or of room that is gone by now; it can look again.
    if (this.isHop(request)) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
    const emptiest = await this.options.pods.emptiest();
    if (emptiest && (await this.tryRelay(request, reply, emptiest.url))) return "relayed";
    if (await this.options.holder.makeRoomFor(tenantId)) return undefined;
    throw new ServiceError("kernel_full", { retryAfterSeconds: FULL_RETRY_SECONDS });
  }

  /** Undefined when things changed meanwhile and should be looked up again. */
  private async place(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    tenantId: string,
    mode: PlacementMode,
  ): Promise<Placement | undefined> {
    const { holder, pod } = this.options;
    if (holder.holds(id, tenantId)) return "here";
    const row = await this.require(id, tenantId);
    if (holder.isDraining && holder.has(id)) {
      await holder.unload(id, "drained");
      return undefined;
    }
    if (row.ownerAlive && row.ownerPod !== pod) return await this.tryOwner(request, reply, row);
    if (mode === "any") return "here";
    if (row.stopped) throw new ServiceError("workspace_stopped");
    if (!holder.hasRoom) return await this.elsewhere(request, reply, tenantId);
    if (await this.isEmptierElsewhere(request, reply, row)) return "relayed";
    return (await holder.claim(row)) ? "here" : undefined;
  }

  /** Sends a workspace that is new here to a pod that holds far fewer. */
  private async isEmptierElsewhere(request: FastifyRequest, reply: FastifyReply, row: WorkspaceRow): Promise<boolean> {
    const { holder, pods, pod } = this.options;
    if (this.isHop(request) || row.ownerPod === pod || holder.active < IMBALANCE) return false;
    const emptiest = await pods.emptiest();
    if (!emptiest || holder.active - emptiest.active < IMBALANCE) return false;
    return await this.tryRelay(request, reply, emptiest.url);
  }

  private async tryRelay(request: FastifyRequest, reply: FastifyReply, url: string): Promise<boolean> {
    try {
      await relay(request, reply, url, this.options);
      return true;
    } catch (error) {
      if (error instanceof OwnerGoneError || error instanceof OwnerMovedError) return false;
      throw error;
    }
  }

  /** Undefined when the owner has gone: the workspace was then claimed here, or can be looked up again. */
  private async tryOwner(
    request: FastifyRequest,
    reply: FastifyReply,
    row: WorkspaceRow,
  ): Promise<"relayed" | undefined> {
    if (this.isHop(request) || row.ownerUrl === null) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
    try {
      await relay(request, reply, row.ownerUrl, this.options);
      return "relayed";
    } catch (error) {
      if (error instanceof OwnerMovedError) return undefined;
      if (!(error instanceof OwnerGoneError)) throw error;
      this.options.log.warn({ workspaceId: row.id, owner: row.ownerPod, error }, "the owner is gone");
      if (!this.options.holder.hasRoom) await this.options.workspaces.release(row.id, row.epoch, "owner_lost");
      else await this.options.holder.claim(row);
      return undefined;
    }
  }

  private isHop(request: FastifyRequest): boolean {
    return request.headers[HOP_HEADER] !== undefined;
  }
}
