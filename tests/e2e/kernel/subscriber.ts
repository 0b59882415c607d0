import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Account } from "./account";
import { studioUrl } from "./deployment";

const RECONNECT_MS = 100;

interface Message {
  readonly type: string;
  readonly seq?: number;
}

/** Follows one workspace over a WebSocket through the studio, and connects again after its last entry when it closes. */
export class Subscriber {
  /** Number of the newest entry. */
  public seq = -1;
  /** Messages that should not have been sent, or not in this order. */
  public readonly faults: string[] = [];
  /** Milliseconds from each close to the next subscription. */
  public readonly gaps: number[] = [];
  public readonly closeCodes: number[] = [];
  /** Refused connections, by the answer that came instead. */
  public readonly refusals: string[] = [];
  /** Longest time between two entries, in milliseconds. */
  public silence = 0;
  private heardAt = 0;
  private closedAt: number | undefined;
  private stopping = false;
  private socket: WebSocket | undefined;
  private running: Promise<void> = Promise.resolve();

  public constructor(
    private readonly account: Account,
    private readonly workspaceId: string,
  ) {}

  public start(): void {
    this.running = this.follow();
  }

  public async stop(): Promise<void> {
    this.stopping = true;
    this.socket?.terminate();
    await this.running;
  }

  private async follow(): Promise<void> {
    while (!this.stopping) {
      const url = await studioUrl("/panels");
      const headers = { authorization: `Bearer ${await this.account.token()}` };
      const socket = new WebSocket(url, { headers });
      this.socket = socket;
      const since = this.seq >= 0 ? { since: this.seq } : {};
      socket.once("open", () =>
        socket.send(JSON.stringify({ type: "subscribe", workspaceId: this.workspaceId, ...since })),
      );
      socket.on("message", (data: Buffer) => this.hear(JSON.parse(data.toString()) as Message));
      // "close" follows.
      socket.on("error", ({ message }) => this.refusals.push(message));
      const code = await new Promise<number>((resolve) => socket.once("close", resolve));
      if (this.stopping) return;
      this.closedAt ??= Date.now();
      this.closeCodes.push(code);
      await pause(RECONNECT_MS);
    }
  }

  private hear(message: Message): void {
    const { type, seq = -1 } = message;
    const isFirst = this.seq < 0;
    switch (type) {
      case "hello":
      case "presence":
      case "document":
        return;
      case "subscribed":
        if (this.closedAt !== undefined) this.gaps.push(Date.now() - this.closedAt);
        this.closedAt = undefined;
        return;
      case "panels":
        if (!isFirst) this.faults.push(`all panels again after entry ${this.seq}: ${JSON.stringify(message)}`);
        this.seq = seq;
        return;
      case "patch":
        if (seq !== this.seq + 1) this.faults.push(`entry ${seq} after ${this.seq}`);
        this.seq = seq;
        if (this.heardAt > 0) this.silence = Math.max(this.silence, Date.now() - this.heardAt);
        this.heardAt = Date.now();
        return;
      default:
        this.faults.push(JSON.stringify(message));
    }
  }
}
