import type { Person } from "./document";
import { type PanelPatch, type Panels, withPatch } from "./panels";

export interface PanelListener {
  readonly onPanels: (panels: Panels) => void;
  /** Whether changes arrive live: false from the loss of the connection until it is back. */
  readonly onLive: (live: boolean) => void;
  /** The subscription ended: the workspace stopped or was deleted, or the session has ended. */
  readonly onEnd: () => void;
  /** The document may have changed: it was changed, or the connection was away. */
  readonly onDocument: () => void;
  readonly onPeople: (people: readonly Person[]) => void;
}

export interface PanelSocketOptions extends PanelListener {
  readonly workspaceId: string;
  /** Address of the socket without a query, such as wss://nexus.example.com/panels. */
  readonly url: string;
  /** The access token, refreshed if asked; undefined if the session has ended. Rejects if no server could tell. */
  readonly token: (fresh: boolean) => Promise<string | undefined>;
  /** @default a WebSocket of the browser */
  readonly connect?: (url: string) => WebSocket;
}

type Message = { readonly workspaceId?: string; readonly seq?: number } & (
  | { readonly type: "hello" | "authenticated"; readonly expiresAt?: string }
  | { readonly type: "panels"; readonly panels: Panels }
  | ({ readonly type: "patch" } & PanelPatch)
  | { readonly type: "live"; readonly panel: string; readonly value: unknown }
  | { readonly type: "error"; readonly code?: string }
  | { readonly type: "presence"; readonly people: readonly Person[] }
  | { readonly type: "document" | "subscribed" | "event" | "idle_warning" | "stopped" | "pong" }
);

const TOKEN_EXPIRED = 4401;
/**
 * Errors that another attempt does not change. All other errors are temporary, such as a workspace that moves to
 * another pod.
 */
const FINAL_ERRORS = new Set(["workspace_not_found", "workspace_ended", "workspace_stopped", "validation_failed"]);
/** A new token is sent this long before the old one expires, or at half of its life if that is shorter. */
const RENEW_AHEAD_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * The live panels of one workspace. After a broken connection, or one that the kernel closed with the token, it
 * connects again and continues after the last entry, so nothing is missed or applied twice.
 */
export class PanelSocket {
  private socket: WebSocket | undefined;
  private panels: Panels = {};
  /** What panels show while code runs; none of it is kept. */
  private live: Panels = {};
  /** Number of the newest entry that is in the panels. */
  private seq: number | undefined;
  private failures = 0;
  private closed = false;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: PanelSocketOptions) {
    void this.open(false);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pause);
    clearTimeout(this.renewal);
    this.socket?.close();
  }

  private async open(fresh: boolean): Promise<void> {
    const { connect = (url) => new WebSocket(url), token: tokenOf, url } = this.options;
    const token = await tokenOf(fresh).catch(() => null);
    if (this.closed) return;
    if (token === undefined) return this.end();
    if (token === null) return this.retry(fresh);
    // Browsers cannot set headers on a WebSocket.
    const socket = connect(`${url}?token=${encodeURIComponent(token)}`);
    this.socket = socket;
    let greeted = false;
    socket.onmessage = ({ data }) => {
      greeted = true;
      this.receive(JSON.parse(String(data)) as Message);
    };
    socket.onclose = ({ code }) => {
      clearTimeout(this.renewal);
      if (this.closed) return;
      this.live = {};
      this.options.onLive(false);
      if (code === TOKEN_EXPIRED) return void this.open(true);
      // A refused connection has no reason. A token that was just accepted is not the reason.
      this.retry(!greeted && this.failures === 0);
    };
  }

  private retry(fresh: boolean): void {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures);
    this.failures += 1;
    this.pause = setTimeout(() => void this.open(fresh), longest * (0.5 + Math.random() / 2));
  }

  private end(): void {
    if (this.closed) return;
    this.close();
    this.options.onEnd();
  }

  private send(message: object): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  private receive(message: Message): void {
    const { workspaceId } = this.options;
    if (message.type === "hello") this.send({ type: "subscribe", workspaceId, since: this.seq });
    if (message.type === "hello" || message.type === "authenticated") return this.renewBefore(message.expiresAt);
    if (message.workspaceId !== workspaceId) return;
    if (message.type === "stopped") return this.end();
    if (message.type === "error") return FINAL_ERRORS.has(message.code ?? "") ? this.end() : this.socket?.close();
    // Not before: a kernel that greets and then refuses must be asked less and less often.
    this.failures = 0;
    this.options.onLive(true);
    this.seq = message.seq ?? this.seq;
    if (message.type === "subscribed" || message.type === "document") this.options.onDocument();
    if (message.type === "presence") this.options.onPeople(message.people);
    if (message.type === "panels") this.show(message.panels);
    if (message.type === "patch") this.show(withPatch(this.panels, message));
    if (message.type === "live") this.showLive(message.panel, message.value);
  }

  private show(panels: Panels): void {
    this.panels = panels;
    this.options.onPanels({ ...panels, ...this.live });
  }

  private showLive(panel: string, value: unknown): void {
    this.live = withPatch(this.live, { panel, op: value === null ? "remove" : "set", value });
    this.show(this.panels);
  }

  private renewBefore(expiresAt: string | undefined): void {
    clearTimeout(this.renewal);
    if (expiresAt === undefined) return;
    const leftMs = Date.parse(expiresAt) - Date.now();
    const inMs = leftMs > 2 * RENEW_AHEAD_MS ? leftMs - RENEW_AHEAD_MS : leftMs / 2;
    this.renewal = setTimeout(() => void this.renew(), Math.min(Math.max(0, inMs), 2 ** 31 - 1));
  }

  private async renew(): Promise<void> {
    // Without a new token the kernel closes the socket, and then a token is requested again.
    const token = await this.options.token(true).catch(() => undefined);
    if (!this.closed && token !== undefined) this.send({ type: "authenticate", token });
  }
}
