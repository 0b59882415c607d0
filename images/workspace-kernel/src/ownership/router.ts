import { type Logger, type Room, ServiceError, type Standing } from "@nexus/service";
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
  /** How many workspaces a plan lets be active at once; undefined for no limit. */
  readonly mostActive: (plan: string | undefined) => Room | undefined;
  readonly workspaces: Stores["workspaces"];
  readonly pods: Stores["pods"];
  readonly holder: WorkspaceHolder;
  readonly metrics: KernelMetrics;
  readonly log: Logger;
  readonly standing: Pick<Standing, "checkTenant">;
}

/** The work was done here, with this result, or another pod has answered. */
export type Routed<T> =
  { readonly served: "here"; readonly value: T } | { readonly served: "relayed"; readonly answer: RelayAnswer };

/** `active`: a workspace without an owner gets one. `any`: the request is served here without taking the workspace. */
export type PlacementMode = "active" | "any";

export interface RoutedWorkspace {
  readonly id: string;
  readonly tenantId: string;
  /** The plan of the tenant, as the caller's token says. */
  readonly plan: string | undefined;
  /** @default "active" */
  readonly mode?: PlacementMode;
  /** Waits at the first call until the request may continue here. @returns whether it was the first call */
  readonly enter?: () => Promise<boolean>;
}

/**
 * URLs of pods to which the request was passed on without success: they accepted no connection, or did not have the
 * workspace.
 */
export type TriedPods = ReadonlyMap<string, "gone" | "moved">;

const ATTEMPTS = 5;
/** A pod passes on a workspace without an owner only if it holds this many more workspaces than the emptiest pod. */
const IMBALANCE = 5;

const moved = () => new ServiceError("owner_moved", { retryAfterSeconds: 1 });

/** Finds the pod for a request, according to the lease rows. */
export class WorkspaceRouter {
  constructor(private readonly options: RouterOptions) {}

  async require(id: string, tenantId: string): Promise<WorkspaceRow> {
    return found(await this.options.workspaces.find(id, tenantId));
  }

  /**
   * Does work on the pod that holds the workspace.
   * @param first asked before the request waits here: it throws, or gives the result where that is known already
   */
  async run<T>(
    request: RelayRequest,
    workspace: RoutedWorkspace,
    work: () => Promise<T>,
    first: () => Promise<T | undefined>,
  ): Promise<Routed<T>> {
    const { id, tenantId } = workspace;
    const known = this.options.holder.mustWait(id, tenantId) ? await first() : undefined;
    if (known !== undefined) return { served: "here", value: known };
    let leave: (() => void) | undefined;
    const enter = async () => {
      if (leave) return false;
      leave = await this.options.holder.enter(id, tenantId);
      return true;
    };
    try {
      return await this.route(request, { enter, ...workspace }, work);
    } finally {
      leave?.();
    }
  }

  private async route<T>(
    request: RelayRequest,
    workspace: RoutedWorkspace,
    work: () => Promise<T>,
  ): Promise<Routed<T>> {
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
    { id, tenantId, plan, mode = "active", enter }: RoutedWorkspace,
    isHop: boolean,
    tried: TriedPods,
  ): Promise<"here" | string> {
    const { holder, pod, workspaces, mostActive, standing } = this.options;
    const claim = (row: WorkspaceRow) => holder.claim(row, mostActive(plan));
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // It may have been suspended while the request waited, or ran.
      standing.checkTenant(tenantId);
      const holds = holder.holds(id, tenantId);
      // The workspace may have moved while the request waited.
      if (holds && mode === "active" && (await enter?.())) continue;
      if (holds) return "here";
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
        if (!holder.canTake) await workspaces.release(id, row.epoch, "owner_lost");
        else if (await claim(row)) return "here";
        continue;
      }
      if (mode === "any") return "here";
      if (row.stopped) throw new ServiceError("workspace_stopped");
      const url = isHop ? undefined : await this.betterPod(row, tried);
      if (url !== undefined) return url;
      if (!holder.canTake) {
        if (isHop) break;
        // Another pod may have an idle workspace that it can unload.
        const other = (await this.options.pods.others()).find((pod) => !tried.has(pod.url));
        if (other) return other.url;
        if (holder.isDraining) break;
      }
      if (await enter?.()) continue;
      if (await claim(row)) return "here";
    }
    throw moved();
  }

  /** Sends a request that any pod may serve to another pod. @returns its answer; undefined if this pod must serve it */
  async elsewhere(request: RelayRequest): Promise<RelayAnswer | undefined> {
    const { holder, pods } = this.options;
    if (request.isHop) {
      if (holder.canTake) return undefined;
      // The sender had old information about this pod and can choose again.
      throw moved();
    }
    for (const { url, hasRoom } of await pods.others()) {
      // The other pod is full too. So an idle workspace of this pod is unloaded instead of one there.
      if (!hasRoom && holder.canTake) return undefined;
      try {
        return await relay(request, url, this.options);
      } catch (error) {
        if (!(error instanceof OwnerGoneError || error instanceof OwnerMovedError)) throw error;
      }
    }
    return undefined;
  }

  /**
   * Another pod that should take a workspace without an owner, because this one is full or holds many more workspaces.
   */
  private async betterPod(row: WorkspaceRow, tried: TriedPods): Promise<string | undefined> {
    const { holder, pods, pod } = this.options;
    if (holder.hasRoom && (row.ownerPod === pod || holder.active < IMBALANCE)) return undefined;
    const emptiest = (await pods.others()).find(({ url, hasRoom }) => hasRoom && !tried.has(url));
    if (!emptiest) return undefined;
    return !holder.hasRoom || holder.active - emptiest.active >= IMBALANCE ? emptiest.url : undefined;
  }
}
