import { ServiceError, toServiceError } from "@nexus/service";
import pLimit from "p-limit";
import type { StreamEntry } from "../sandbox/messages";
import type { TriedPods, WorkspaceRouter } from "../ownership/router";
import type { Stores } from "../store/stores";
import type { WorkspaceHolder } from "../workspaces/holder";
import type { WorkspaceEvent, WorkspaceHub } from "../workspaces/hub";
import { entryMessage, errorMessage, panelsMessage } from "./protocol";
import { Upstream } from "./upstream";

export interface SubscriptionSources {
  readonly router: WorkspaceRouter;
  readonly holder: WorkspaceHolder;
  readonly hub: WorkspaceHub;
  readonly streams: Stores["streams"];
  readonly pod: string;
}

export interface SubscriptionOptions extends SubscriptionSources {
  readonly workspaceId: string;
  readonly tenantId: string;
  /** The caller's token as it is now. */
  readonly token: () => string | undefined;
  readonly since: number | undefined;
  /** Another pod asks: the workspace is expected to be here. */
  readonly isHop: boolean;
  readonly send: (text: string | Buffer) => void;
  /** The subscription is over. */
  readonly onEnd: () => void;
}

const MAX_MOVES = 20;
const MOVE_PAUSE_MS = 250;
/** Reasons for which the workspace goes on elsewhere. */
const MOVES: ReadonlySet<string> = new Set(["drained", "lease_lost", "owner_lost"]);

/** Texts of entries, made and encoded once for all subscribers of this pod. */
const frames = new WeakMap<object, Buffer>();

/** One workspace for one socket: everything that is said about it in order, wherever the workspace is. */
export class Subscription {
  /** Number of the newest entry that was sent. */
  private seq: number | undefined;
  private readonly oneByOne = pLimit(1);
  private leave: () => void = () => undefined;
  private upstream: Upstream | undefined;
  private ended = false;
  private moves = 0;

  constructor(private readonly options: SubscriptionOptions) {
    this.seq = options.since;
    this.enqueue(() => this.attach());
  }

  /** The client gave a sign of life. */
  touch(): void {
    if (this.upstream) this.upstream.ping();
    else this.options.holder.touch(this.options.workspaceId);
  }

  /** The caller has another token, which the owner of the workspace gets too. */
  renew(token: string): void {
    this.upstream?.authenticate(token);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.detach();
    this.options.onEnd();
  }

  /** Work happens in the order in which its causes came, although some of it has to wait. */
  private enqueue(work: () => Promise<void> | void): void {
    void this.oneByOne(async () => {
      try {
        if (!this.ended) await work();
      } catch (error) {
        this.fail(toServiceError(error));
      }
    });
  }

  private fail(error: ServiceError): void {
    const { send, workspaceId } = this.options;
    send(errorMessage({ code: error.code, title: error.message, detail: error.message }, { workspaceId }));
    this.end();
  }

  private detach(): void {
    this.leave();
    this.leave = () => undefined;
    this.upstream?.close();
    this.upstream = undefined;
  }

  private async attach(goneUrl?: string): Promise<void> {
    const { router, workspaceId, tenantId, isHop } = this.options;
    const tried: TriedPods = new Map(goneUrl === undefined ? [] : [[goneUrl, "gone"]]);
    const place = await router.locate({ id: workspaceId, tenantId }, isHop, tried);
    if (this.ended) return;
    if (place === "here") await this.attachHere();
    else this.attachThere(place);
  }

  private async attachHere(): Promise<void> {
    const { hub, streams, workspaceId, send } = this.options;
    // First listen, then look: what comes in between waits in line behind this.
    this.leave = hub.subscribe(workspaceId, (event) => this.receive(event));
    const caughtUp = await streams.catchUp(workspaceId, this.seq);
    if (this.ended) return;
    send(JSON.stringify({ type: "subscribed", workspaceId, seq: caughtUp.seq }));
    if (caughtUp.type === "panels") send(panelsMessage(workspaceId, caughtUp.seq, caughtUp.panels));
    else for (const entry of caughtUp.entries) send(entryMessage(workspaceId, entry));
    this.seq = caughtUp.seq;
    this.moves = 0;
  }

  /** With nothing to wait for, entries go out at once: a queue for each of a thousand sockets costs as much as sending. */
  private receive(event: WorkspaceEvent): void {
    if (event.type !== "entries" || this.oneByOne.activeCount > 0) return this.enqueue(() => this.handle(event));
    try {
      this.sendEntries(event.entries);
    } catch (error) {
      this.fail(toServiceError(error));
    }
  }

  private sendEntries(entries: readonly StreamEntry[]): void {
    const { workspaceId, send } = this.options;
    for (const entry of entries) {
      if (this.ended) return;
      if (this.seq !== undefined && entry.seq <= this.seq) continue;
      const text = frames.get(entry) ?? Buffer.from(entryMessage(workspaceId, entry));
      frames.set(entry, text);
      send(text);
      this.seq = entry.seq;
    }
  }

  private async handle(event: WorkspaceEvent): Promise<void> {
    const { workspaceId, send, streams } = this.options;
    switch (event.type) {
      case "entries":
        return this.sendEntries(event.entries);
      case "reset": {
        const { seq, panels } = await streams.panels(workspaceId);
        if (this.ended) return;
        send(panelsMessage(workspaceId, seq, panels));
        this.seq = seq;
        return;
      }
      case "idle_warning":
        return send(JSON.stringify({ workspaceId, ...event }));
      case "stopped":
        if (MOVES.has(event.reason)) return await this.move();
        send(JSON.stringify({ workspaceId, ...event }));
        return this.end();
    }
  }

  private attachThere(ownerUrl: string): void {
    const { token, pod, workspaceId } = this.options;
    const upstream = new Upstream({
      ownerUrl,
      token: token(),
      pod,
      workspaceId,
      since: this.seq,
      onMessage: (text) => {
        if (this.upstream === upstream) this.forward(text);
      },
      onClose: (gone) => {
        if (this.upstream === upstream) this.enqueue(() => this.move(gone ? ownerUrl : undefined));
      },
    });
    this.upstream = upstream;
  }

  private forward(text: string): void {
    const message = JSON.parse(text) as { type: string; seq?: number; code?: string; workspaceId?: string };
    // The rest is about the socket between the pods.
    if (message.workspaceId === undefined) return;
    // The owner is about to lose it, or has just lost it: the same as if its socket had closed.
    if (message.type === "error" && message.code === "owner_moved") return this.enqueue(() => this.move());
    if (message.type === "subscribed") this.moves = 0;
    this.seq = message.seq ?? this.seq;
    this.options.send(text);
    if (message.type === "stopped" || message.type === "error") this.end();
  }

  /** Finds the workspace again where it went to, and goes on after the last entry. */
  private async move(goneUrl?: string): Promise<void> {
    this.detach();
    // A pod that was only relayed to leaves the search to the one that the client is connected to.
    if (this.options.isHop || this.moves >= MAX_MOVES) throw new ServiceError("owner_moved");
    this.moves += 1;
    if (this.moves > 1) await new Promise((resolve) => setTimeout(resolve, MOVE_PAUSE_MS));
    if (!this.ended) await this.attach(goneUrl);
  }
}
