import { jsonRefusal } from "@nexus/contract";
import {
  type Denials,
  describeIssues,
  isDenial,
  logFault,
  type Principal,
  type Problem,
  requirePermission,
  ServiceError,
  toProblem,
  toServiceError,
} from "@nexus/service";
import type { WebSocket } from "ws";
import type { KernelMetrics } from "../metrics";
import type { StoredAnswer } from "../store/idempotency-store";
import type { WriteBudget } from "../store/write-budget";
import { Credentials, type TokenSources } from "./credentials";
import { type ClientMessage, clientMessage, errorMessage } from "./protocol";
import { Subscription, type SubscriptionSources } from "./subscription";

type InvokeMessage = Extract<ClientMessage, { type: "invoke" }>;

export interface Caller {
  readonly principal: Principal;
  readonly token: string | undefined;
  readonly isHop: boolean;
}

export interface SessionSources extends SubscriptionSources, TokenSources {
  readonly metrics: KernelMetrics;
  readonly denials: Pick<Denials, "add">;
  /** Limits the rate of messages that a tenant sends to this pod. */
  readonly pace: Pick<WriteBudget, "spend" | "wait">;
  /** Runs a handler as the HTTP route does, whichever pod holds the workspace. */
  readonly invoke: (message: InvokeMessage, caller: Caller) => Promise<StoredAnswer>;
}

/** Limits of one socket. */
export const MAX_SUBSCRIPTIONS = 50;
const MAX_INVOCATIONS = 16;
const MAX_MESSAGES_PER_SECOND = 100;
/**
 * Maximum number of bytes that wait for a slow client. Beyond it the socket is closed, and the client asks for the
 * missing entries.
 */
const MAX_BUFFERED_BYTES = 1024 * 1024;

const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
/** One of the codes that applications may define: it corresponds to HTTP 401. */
export const TOKEN_EXPIRED = 4401;

type DropReason = "too_slow" | "too_many_messages" | "token_expired" | "failed";

/** One connected client. */
export class Session {
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly credentials: Credentials;
  private invocations = 0;
  private second = 0;
  private messages = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly caller: Caller,
    private readonly sources: SessionSources,
  ) {
    const expired = () => this.drop(TOKEN_EXPIRED, "token_expired");
    this.credentials = new Credentials(caller.principal, caller.token, sources, expired);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      // What an event throws ends the process; it may end this socket.
      try {
        this.receive(data, isBinary);
      } catch (error) {
        logFault(sources.log, "socket", { userId: caller.principal.userId, error }, "a message failed");
        this.drop(INTERNAL_ERROR, "failed");
      }
    });
    socket.on("close", () => this.end());
    this.send(JSON.stringify({ type: "hello", pod: sources.pod, expiresAt: this.credentials.expiresAt }));
  }

  /** The client takes less than it is told. */
  dropSlow(): void {
    this.drop(TRY_AGAIN_LATER, "too_slow");
  }

  private end(): void {
    this.credentials.end();
    for (const subscription of [...this.subscriptions.values()]) subscription.end();
  }

  private send(text: string | Buffer, onSent: () => void = () => undefined): void {
    if (this.socket.readyState !== this.socket.OPEN) return onSent();
    this.sources.metrics.patches.inc();
    this.socket.send(text, { binary: false }, () => onSent());
    if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) this.dropSlow();
  }

  private drop(code: number, reason: DropReason): void {
    const { principal } = this.caller;
    this.sources.metrics.socketsDropped.inc({ reason });
    const level = reason === "token_expired" ? "info" : "warn";
    this.sources.log[level]({ userId: principal.userId, reason }, "socket dropped");
    this.end();
    this.socket.close(code, reason);
    // The client would have to read the waiting data before the close frame.
    if (code === TRY_AGAIN_LATER) this.socket.terminate();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) [this.second, this.messages] = [second, 0];
    this.messages += 1;
    if (this.messages > MAX_MESSAGES_PER_SECOND) return this.drop(POLICY_VIOLATION, "too_many_messages");
    this.keepPace();
    const text = isBinary ? "" : data.toString();
    const refusal = jsonRefusal(text);
    if (refusal !== undefined) return this.refuse(new ServiceError("validation_failed", { detail: refusal }), {});
    const sent = parse(text);
    const message = clientMessage.safeParse(sent);
    if (message.success) return this.handle(message.data);
    const detail = describeIssues(message.error.issues, "message")
      .map(({ field, message }) => `${field}: ${message}`)
      .join("; ");
    const { id, workspaceId } = (sent ?? {}) as { readonly id?: unknown; readonly workspaceId?: unknown };
    this.refuse(new ServiceError("validation_failed", sent === undefined ? {} : { detail }), { id, workspaceId });
  }

  /** Pauses reading while the tenant sends too fast; its messages wait in its sockets. */
  private keepPace(): void {
    const { pace } = this.sources;
    const { tenantId } = this.caller.principal;
    pace.spend(tenantId, 1);
    const waitMs = pace.wait(tenantId);
    if (waitMs === 0 || this.socket.isPaused) return;
    this.socket.pause();
    setTimeout(() => this.socket.resume(), waitMs).unref();
  }

  private handle(message: ClientMessage): void {
    switch (message.type) {
      case "subscribe":
        return this.subscribe(message.workspaceId, message.since);
      case "unsubscribe":
        this.subscriptions.get(message.workspaceId)?.end();
        return;
      case "invoke":
        this.subscriptions.get(message.workspaceId)?.touch();
        return void this.invoke(message);
      case "ping":
        for (const subscription of this.subscriptions.values()) subscription.touch();
        return this.send('{"type":"pong"}');
      case "authenticate":
        return void this.authenticate(message.token);
    }
  }

  private subscribe(workspaceId: string, since: number | undefined): void {
    this.subscriptions.get(workspaceId)?.end();
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS) {
      const detail = `A socket may have at most ${MAX_SUBSCRIPTIONS} subscriptions`;
      return this.refuse(new ServiceError("limit_reached", { detail }), { workspaceId });
    }
    const { principal, isHop } = this.caller;
    const subscription: Subscription = new Subscription({
      ...this.sources,
      workspaceId,
      tenantId: principal.tenantId,
      person: { userId: principal.userId, email: principal.email },
      since,
      isHop,
      plan: () => this.credentials.plan,
      token: () => this.credentials.token,
      send: (text, onSent) => this.send(text, onSent),
      onSlow: () => this.dropSlow(),
      onEnd: () => {
        if (this.subscriptions.get(workspaceId) === subscription) this.subscriptions.delete(workspaceId);
      },
    });
    this.subscriptions.set(workspaceId, subscription);
  }

  private async invoke(message: InvokeMessage): Promise<void> {
    const about = { id: message.id, workspaceId: message.workspaceId };
    if (this.invocations >= MAX_INVOCATIONS) return this.refuse(new ServiceError("workspace_busy"), about);
    this.invocations += 1;
    try {
      const { principal, token } = this.credentials;
      requirePermission(principal, "workspaces.write");
      const { status, body } = await this.sources.invoke(message, { ...this.caller, principal, token });
      if (status === 200) this.send(JSON.stringify({ type: "result", ...about, ...(body as object) }));
      else this.send(errorMessage(body as Problem, about));
    } catch (error) {
      const known = toServiceError(error);
      if (isDenial(known)) this.reportDenied(message);
      if (known.code === "internal") logFault(this.sources.log, "request", { ...about, error }, "an invocation failed");
      this.refuse(known, about);
    } finally {
      this.invocations -= 1;
    }
  }

  private reportDenied({ type, workspaceId, handler }: InvokeMessage): void {
    const { tenantId, userId: actor } = this.caller.principal;
    const [act, target] = [`WS ${type}`, { workspaceId, handler }];
    this.sources.denials.add({ tenantId, actor, address: null, userAgent: null, act, target });
  }

  private async authenticate(token: string): Promise<void> {
    try {
      await this.credentials.renew(token);
      for (const subscription of this.subscriptions.values()) subscription.renew(token);
      this.send(JSON.stringify({ type: "authenticated", expiresAt: this.credentials.expiresAt }));
    } catch (error) {
      const known = toServiceError(error);
      const { userId } = this.caller.principal;
      if (known.code === "internal")
        logFault(this.sources.log, "request", { userId, error }, "a token was not renewed");
      this.refuse(known, {});
    }
  }

  private refuse(error: ServiceError, about: object): void {
    this.send(errorMessage(toProblem(error, "/panels"), about));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
