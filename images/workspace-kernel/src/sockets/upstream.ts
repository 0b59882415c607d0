import type { connect } from "node:net";
import { WebSocket } from "ws";
import { connectInTime, isGone } from "../ownership/reachability";
import { HOP_HEADER } from "../ownership/relay";

export interface UpstreamOptions {
  readonly ownerUrl: string;
  readonly token: string | undefined;
  readonly pod: string;
  readonly workspaceId: string;
  readonly since: number | undefined;
  /** A message of the owner about the workspace, unchanged. */
  readonly onMessage: (text: string) => void;
  /** The subscription ended; `gone` if the owner did not even accept the connection. */
  readonly onClose: (gone: boolean) => void;
}

/** A subscription at the pod that owns the workspace, with the caller's own token. */
export class Upstream {
  private readonly socket: WebSocket;

  constructor(options: UpstreamOptions) {
    const url = new URL("/panels", options.ownerUrl.replace(/^http/, "ws"));
    const headers = {
      [HOP_HEADER]: options.pod,
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    };
    this.socket = new WebSocket(url, {
      headers,
      handshakeTimeout: 5000,
      perMessageDeflate: false,
      createConnection: connectInTime as typeof connect,
    });
    const { workspaceId, since } = options;
    this.socket.once("open", () =>
      this.send({ type: "subscribe", workspaceId, ...(since !== undefined && { since }) }),
    );
    this.socket.on("message", (data: Buffer) => options.onMessage(data.toString()));
    let gone = false;
    // "close" follows.
    this.socket.on("error", (error) => {
      gone = isGone(error);
    });
    this.socket.once("close", () => options.onClose(gone));
  }

  ping(): void {
    this.send({ type: "ping" });
  }

  authenticate(token: string): void {
    this.send({ type: "authenticate", token });
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.terminate();
  }

  private send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
