import { logFault, type Logger, ServiceError, toServiceError, type Turns } from "@nexus/service";
import pLimit from "p-limit";
import { isJson } from "../sandbox/json";
import type { JsonTexts, StreamEntry } from "../sandbox/messages";
import type { TriedPods, WorkspaceRouter } from "../ownership/router";
import { entryBytes, streamBytes } from "../store/limits";
import type { Stores } from "../store/stores";
import type { CatchUp } from "../store/stream-store";
import type { WorkspaceHolder } from "../workspaces/holder";
import type { Person, WorkspaceEvent, WorkspaceHub } from "../workspaces/hub";
import type { Presence } from "../workspaces/presence";
import { entryMessage, errorMessage, panelsMessage } from "./protocol";
import { Upstream } from "./upstream";

export interface SubscriptionSources {
  readonly router: WorkspaceRouter;
  readonly holder: WorkspaceHolder;
  readonly hub: WorkspaceHub;
  readonly streams: Stores["streams"];
  readonly presence: Presence;
  readonly turns: Turns;
  readonly pod: string;
  readonly log: Logger;
}

export interface SubscriptionOptions extends SubscriptionSources {
  readonly workspaceId: string;
  readonly tenantId: string;
  /** Whom the subscription belongs to. */
  readonly person: Person;
  /** The tenant's plan, as the caller's present token says. */
  readonly plan: () => string | undefined;
  /** The caller's present token. */
  readonly token: () => string | undefined;
  readonly since: number | undefined;
  /** The request came from another pod, which expects the workspace here. */
  readonly isHop: boolean;
  /** `onSent` is called once the message has left, or never will. */
  readonly send: (text: string | Buffer, onSent?: () => void) => void;
  /** The client takes less than it is told. */
  readonly onSlow: () => void;
  /** The subscription is over. */
  readonly onEnd: () => void;
}

const MAX_MOVES = 20;
const MOVE_PAUSE_MS = 250;
/** Reasons after which the workspace continues on another pod. */
const MOVES: ReadonlySet<string> = new Set(["drained", "lease_lost", "owner_lost"]);

/** Bytes that are sent before the client must have taken them. */
const WINDOW_BYTES = 256 * 1024;
/** Bytes of entries that may wait for a client to take what came before. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Texts of entries, made and encoded once for all subscribers of this pod. */
const frames = new WeakMap<object, Buffer>();

/** One workspace for one socket: sends all its messages in order, whichever pod holds the workspace. */
export class Subscription {
  /** Number of the newest entry that was sent. */
  private seq: number | undefined;
  private readonly oneByOne = pLimit(1);
  private leave: () => void = () => undefined;
  private upstream: Upstream | undefined;
  private ended = false;
  private moves = 0;
  /** Bytes of entries in the line of work. */
  private waitingBytes = 0;
  /** Bytes that were sent since the client had taken everything. */
  private windowBytes = 0;
  /** Bytes of another pod that the client has not taken. */
  private forwardedBytes = 0;

  constructor(private readonly options: SubscriptionOptions) {
    this.seq = options.since;
    this.enqueue(() => this.attach());
  }

  /** The client is still there. */
  touch(): void {
    if (this.upstream) this.upstream.ping();
    else this.options.holder.touch(this.options.workspaceId);
  }

  /** The caller has another token; the owner of the workspace gets it too. */
  renew(token: string): void {
    this.upstream?.authenticate(token);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.detach();
    this.options.onEnd();
  }

  /** Events are handled in the order in which they arrived, although some of them have to wait. */
  private enqueue(work: () => Promise<void> | void): void {
    void this.oneByOne(async () => {
      try {
        if (!this.ended) await work();
      } catch (error) {
        if (!this.ended) this.fail(toServiceError(error));
      }
    });
  }

  /** Limits the concurrent database queries of one tenant's subscriptions; queries of closed ones are dropped. */
  private async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const { turns, tenantId } = this.options;
    return await turns.run(tenantId, async () => {
      if (this.ended) throw new ServiceError("request_cancelled");
      return await ask();
    });
  }

  private fail(error: ServiceError): void {
    const { send, workspaceId, log } = this.options;
    if (error.code === "internal")
      logFault(log, "request", { workspaceId, error: error.details.cause }, "a subscription failed");
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
    const { router, workspaceId, tenantId, plan, isHop } = this.options;
    const tried: TriedPods = new Map(goneUrl === undefined ? [] : [[goneUrl, "gone"]]);
    const place = await this.inTurn(() => router.locate({ id: workspaceId, tenantId, plan: plan() }, isHop, tried));
    if (this.ended) return;
    if (place === "here") await this.attachHere();
    else this.attachThere(place);
  }

  private async attachHere(): Promise<void> {
    const { hub, presence, person, workspaceId, send } = this.options;
    // Listen first, then read: entries that arrive meanwhile wait behind this.
    const unsubscribe = hub.subscribe(workspaceId, (event) => this.guarded(() => this.receive(event)));
    const goAway = presence.come(workspaceId, person);
    this.leave = () => {
      unsubscribe();
      goAway();
    };
    let next = await this.catchUp();
    if (this.ended) return;
    // Where the stream goes on for the client, which may lose the connection before it has the rest.
    const seq = next.type === "panels" ? next.seq : this.seq;
    send(JSON.stringify({ type: "subscribed", workspaceId, seq }));
    for (; next.type === "entries"; next = await this.catchUp()) {
      await this.sendInTurn(next.entries);
      if (this.ended) return;
      if (this.seq === undefined || this.seq >= next.seq) break;
    }
    if (next.type === "panels") this.sendPanels(next.seq, next.panels);
    send(JSON.stringify({ type: "presence", workspaceId, people: presence.of(workspaceId) }));
    this.moves = 0;
  }

  private async catchUp(): Promise<CatchUp> {
    const { streams, workspaceId } = this.options;
    const read = (since: number | undefined) => this.inTurn(() => streams.catchUp(workspaceId, since));
    const next = await read(this.seq);
    // An earlier version kept entries without reading them: what nobody can read is as one that is not kept any more.
    const isReadable = next.type !== "entries" || next.entries.every(({ payload }) => isJson(payload));
    return isReadable ? next : await read(undefined);
  }

  private sendPanels(seq: number, panels: JsonTexts): void {
    this.options.send(panelsMessage(this.options.workspaceId, seq, panels));
    this.seq = seq;
  }

  /**
   * If nothing waits, entries are sent at once: a queue for each of a thousand sockets would cost as much as sending.
   */
  private receive(event: WorkspaceEvent): void {
    // A live text that comes later says the same and more, so none waits.
    if (event.type === "live" && event.value !== null && this.oneByOne.activeCount > 0) return;
    if (event.type !== "entries") return this.enqueue(() => this.handle(event));
    const bytes = streamBytes(event.entries);
    if (this.oneByOne.activeCount === 0 && bytes <= WINDOW_BYTES)
      return event.entries.forEach((entry) => this.sendEntry(entry));
    this.waitingBytes += bytes;
    if (this.waitingBytes > MAX_WAITING_BYTES) return this.options.onSlow();
    this.enqueue(async () => {
      this.waitingBytes -= bytes;
      await this.sendInTurn(event.entries);
    });
  }

  /** What an event throws ends the process; it may end this subscription. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(toServiceError(error));
    }
  }

  /** Waits for the client after each window, so that what it has not taken stays small. */
  private async sendInTurn(entries: readonly StreamEntry[]): Promise<void> {
    for (const entry of entries) {
      this.windowBytes += entryBytes(entry);
      if (this.windowBytes <= WINDOW_BYTES) {
        this.sendEntry(entry);
      } else {
        this.windowBytes = 0;
        await new Promise<void>((onSent) => this.sendEntry(entry, onSent));
      }
    }
  }

  private sendEntry(entry: StreamEntry, onSent?: () => void): void {
    if (this.ended || (this.seq !== undefined && entry.seq <= this.seq)) return onSent?.();
    const text = frames.get(entry) ?? Buffer.from(entryMessage(this.options.workspaceId, entry));
    frames.set(entry, text);
    this.options.send(text, onSent);
    this.seq = entry.seq;
  }

  private async handle(event: Exclude<WorkspaceEvent, { type: "entries" }>): Promise<void> {
    const { workspaceId, send, streams } = this.options;
    switch (event.type) {
      case "reset": {
        const { seq, panels } = await this.inTurn(() => streams.panels(workspaceId));
        return this.ended ? undefined : this.sendPanels(seq, panels);
      }
      case "document":
      case "presence":
      case "live":
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
        if (this.upstream === upstream) this.guarded(() => this.forward(text));
      },
      onClose: (gone) => {
        if (this.upstream === upstream) this.enqueue(() => this.move(gone ? ownerUrl : undefined));
      },
    });
    this.upstream = upstream;
  }

  private forward(text: string): void {
    const message = JSON.parse(text) as { type: string; seq?: number; code?: string; workspaceId?: string };
    // All other messages are about the socket between the pods.
    if (message.workspaceId === undefined) return;
    // The owner is about to lose the workspace, or has just lost it: the same as if its socket had closed.
    if (message.type === "error" && message.code === "owner_moved") return this.enqueue(() => this.move());
    if (message.type === "subscribed") this.moves = 0;
    else this.seq = message.seq ?? this.seq;
    this.sendForwarded(text);
    if (message.type === "stopped" || message.type === "error") this.end();
  }

  /** The other pod sends no faster than the client takes. */
  private sendForwarded(text: string): void {
    const { upstream } = this;
    this.forwardedBytes += text.length;
    if (this.forwardedBytes > WINDOW_BYTES) upstream?.pause();
    this.options.send(text, () => {
      this.forwardedBytes -= text.length;
      if (this.forwardedBytes <= WINDOW_BYTES) upstream?.resume();
    });
  }

  /** Finds the workspace on its new pod, and continues after the last entry. */
  private async move(goneUrl?: string): Promise<void> {
    this.detach();
    // A pod that was reached through another one leaves the search to the pod that the client is connected to.
    if (this.options.isHop || this.moves >= MAX_MOVES) throw new ServiceError("owner_moved");
    this.moves += 1;
    if (this.moves > 1) await new Promise((resolve) => setTimeout(resolve, MOVE_PAUSE_MS));
    if (!this.ended) await this.attach(goneUrl);
  }
}
