import { type Logger, ServiceError } from "@nexus/service";
import type { KernelMetrics } from "../metrics";
import type { Stores } from "../store/stores";
import { found, type WorkspaceRow } from "../store/workspace-store";
import { NotHeldError } from "../workspaces/held";
import type { WorkspaceHolder } from "../workspaces/holder";
import {
  OwnerGoneError,
  OwnerMovedError,
  relay,
  type RelayAnswer,
  type RelayOptions,
  type RelayRequest,
} from "./relay";

export interface RouterOptions extends RelayOptions {
  readonly workspaces: Stores["workspaces"];
  readonly pods: Stores["pods"];
  readonly holder: WorkspaceHolder;
  readonly metrics: KernelMetrics;
  readonly log: Logger;
}

/** The work was done here, with this result, or another pod has answered. */
export type Routed<T> =
  { readonly served: "here"; readonly value: T } | { readonly served: "relayed"; readonly answer: RelayAnswer };

/** `active`: a workspace without an owner gets one. `any`: the request is served here without taking the workspace. */
export type PlacementMode = "active" | "any";

export interface RoutedWorkspace {
  readonly id: string;
  readonly tenantId: string;
  /** @default "active" */
  readonly mode?: PlacementMode;
}

/**
 * URLs of pods to which the request was passed on without success: they accepted no connection, or did not have the
 * workspace.
 */
export type TriedPods = ReadonlyMap<string, "gone" | "moved">;

const ATTEMPTS = 5;
const FULL_RETRY_SECONDS = 10;
/** A pod passes on a workspace without an owner only if it holds this many more workspaces than the emptiest pod. */
const IMBALANCE = 5;

const moved = () => new ServiceError("owner_moved", { retryAfterSeconds: 1 });

/** Finds the pod for a request, according to the lease rows. */
export class WorkspaceRouter {
  constructor(private readonly options: RouterOptions) {}

  async require(id: string, tenantId: string): Promise<WorkspaceRow> {
    return found(await this.options.workspaces.find(id, tenantId));
  }

  /** Does work on the pod that holds the workspace. */
  async run<T>(request: RelayRequest, workspace: RoutedWorkspace, work: () => Promise<T>): Promise<Routed<T>> {
    const { metrics } = this.options;
    const tried = new Map<string, "gone" | "moved">();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const place = await this.locate(workspace, request.isHop, tried);
      try {
        if (place === "here") {
          metrics.requests.inc({ served: "here" });
          return { served: "here", value: await work() };
        }
        const answer = await relay(request, place, this.options);
        metrics.requests.inc({ served: "relayed" });
        return { served: "relayed", answer };
      } catch (error) {
        // The workspace moved to another pod meanwhile, before anything of this request was stored.
        if (error instanceof OwnerGoneError) tried.set(place, "gone");
        else if (error instanceof OwnerMovedError) tried.set(place, "moved");
        else if (!(error instanceof NotHeldError)) throw error;
        if (place !== "here") metrics.requests.inc({ served: "retried" });
      }
    }
    throw moved();
  }

  /** The place of the workspace: here, after taking it if nobody had it, or the URL of another pod. */
  async locate(
    { id, tenantId, mode = "active" }: RoutedWorkspace,
    isHop: boolean,
    tried: TriedPods,
  ): Promise<"here" | string> {
    const { holder, pod, workspaces } = this.options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (holder.holds(id, tenantId)) return "here";
      const row = await this.require(id, tenantId);
      if (holder.isDraining && holder.has(id)) {
        await holder.unload(id, "drained");
        continue;
      }
      if (row.ownerAlive && row.ownerPod !== pod) {
        if (isHop || row.ownerUrl === null) break;
        if (tried.get(row.ownerUrl) !== "gone") return row.ownerUrl;
        // It is taken from an owner that cannot be reached, before its lease ends.
        this.options.log.warn({ workspaceId: id, owner: row.ownerPod }, "the owner is gone");
        if (!holder.hasRoom) await workspaces.release(id, row.epoch, "owner_lost");
        else if (await holder.claim(row)) return "here";
        continue;
      }
      if (mode === "any") return "here";
      if (row.stopped) throw new ServiceError("workspace_stopped");
      const url = isHop ? undefined : await this.betterPod(row, tried);
      if (url !== undefined) return url;
      if (!holder.hasRoom) {
        if (isHop) break;
        await this.makeRoom(tenantId);
        continue;
      }
      if (await holder.claim(row)) return "here";
    }
    throw moved();
  }

  /**
   * For a request that any pod with room may serve: the answer of another pod, or undefined if there is room here after
   * all.
   */
  async elsewhere(request: RelayRequest, tenantId: string): Promise<RelayAnswer | undefined> {
    // The pod that sent the request here knew an owner or a free place that has changed since; it can look again.
    if (request.isHop) throw moved();
    const emptiest = await this.options.pods.emptiest();
    try {
      if (emptiest) return await relay(request, emptiest.url, this.options);
    } catch (error) {
      if (!(error instanceof OwnerGoneError || error instanceof OwnerMovedError)) throw error;
    }
    await this.makeRoom(tenantId);
    return undefined;
  }

  /**
   * Another pod that should take a workspace without an owner, because this one is full or holds many more workspaces.
   */
  private async betterPod(row: WorkspaceRow, tried: TriedPods): Promise<string | undefined> {
    const { holder, pods, pod } = this.options;
    if (holder.hasRoom && (row.ownerPod === pod || holder.active < IMBALANCE)) return undefined;
    const emptiest = await pods.emptiest();
    if (!emptiest || tried.has(emptiest.url)) return undefined;
    return !holder.hasRoom || holder.active - emptiest.active >= IMBALANCE ? emptiest.url : undefined;
  }

  private async makeRoom(tenantId: string): Promise<void> {
    if (!(await this.options.holder.makeRoomFor(tenantId)))
      throw new ServiceError("kernel_full", { retryAfterSeconds: FULL_RETRY_SECONDS });
  }
}
