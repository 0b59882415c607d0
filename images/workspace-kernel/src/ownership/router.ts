import { type Logger, ServiceError } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { PodStore } from "../store/pod-store";
import type { WorkspaceRow, WorkspaceStore } from "../store/workspace-store";
import type { WorkspaceHolder } from "./holder";
import { HOP_HEADER, OwnerGoneError, OwnerMovedError, relay, type RelayOptions } from "./relay";

export interface RouterOptions extends RelayOptions {
  readonly workspaces: WorkspaceStore;
  readonly pods: PodStore;
  readonly holder: WorkspaceHolder;
  readonly log: Logger;
}

/** What to do with a request: run it here, or it was answered by the pod that it was relayed to. */
export type Placement = "here" | "relayed";

const ATTEMPTS = 3;
const FULL_RETRY_SECONDS = 10;

/** Finds the pod for a request, as the lease rows say. */
export class WorkspaceRouter {
  constructor(private readonly options: RouterOptions) {}

  /** A workspace that does not exist and one of another tenant look the same. */
  async require(id: string, tenantId: string): Promise<WorkspaceRow> {
    const row = await this.options.workspaces.find(id, tenantId);
    if (!row) throw new ServiceError("workspace_not_found");
    return row;
  }

  /** Brings the request to the workspace's owner; makes this pod the owner when there is none. */
  async place(request: FastifyRequest, reply: FastifyReply, id: string, tenantId: string): Promise<Placement> {
    const { holder } = this.options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (holder.holds(id, tenantId)) return "here";
      const row = await this.require(id, tenantId);
      if (row.ownerAlive && row.ownerPod !== this.options.pod) {
        if (await this.tryOwner(request, reply, row)) return "relayed";
      } else if (holder.hasRoom) {
        if (await holder.claim(row)) return "here";
      } else {
        return await this.elsewhere(request, reply);
      }
    }
    throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
  }

  /** Like `place`, but a workspace without an owner is served here without taking it. */
  async placeWithOwner(request: FastifyRequest, reply: FastifyReply, id: string, tenantId: string): Promise<Placement> {
    const row = await this.require(id, tenantId);
    if (!row.ownerAlive || row.ownerPod === this.options.pod) return "here";
    return (await this.tryOwner(request, reply, row)) ? "relayed" : "here";
  }

  /** For a request that any pod with room may serve. */
  async elsewhere(request: FastifyRequest, reply: FastifyReply): Promise<"relayed"> {
    const url = this.isHop(request) ? undefined : await this.options.pods.withRoom();
    if (url) {
      try {
        await relay(request, reply, url, this.options);
        return "relayed";
      } catch (error) {
        if (!(error instanceof OwnerGoneError || error instanceof OwnerMovedError)) throw error;
      }
    }
    throw new ServiceError("kernel_full", { retryAfterSeconds: FULL_RETRY_SECONDS });
  }

  /** False when the owner has gone: the workspace was then claimed here, or can be looked up again. */
  private async tryOwner(request: FastifyRequest, reply: FastifyReply, row: WorkspaceRow): Promise<boolean> {
    if (this.isHop(request) || row.ownerUrl === null) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
    try {
      await relay(request, reply, row.ownerUrl, this.options);
      return true;
    } catch (error) {
      if (error instanceof OwnerMovedError) return false;
      if (!(error instanceof OwnerGoneError)) throw error;
      this.options.log.warn({ workspaceId: row.id, owner: row.ownerPod, error }, "the owner is gone");
      if (!this.options.holder.hasRoom) await this.options.workspaces.release(row.id, row.epoch);
      else await this.options.holder.claim(row);
      return false;
    }
  }

  private isHop(request: FastifyRequest): boolean {
    return request.headers[HOP_HEADER] !== undefined;
  }
}
