import { Duplex } from "node:stream";
import { excerpt } from "@nexus/host";
import type { RawData, WebSocket } from "ws";
import type { ApiTransport } from "./api-transport";

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const PROTOCOL = "v4.channel.k8s.io";
/** Channels of the first port; the first message of each is the port's number. */
const DATA = 0;
const COMPLAINTS = 1;

/** Bytes to and from a port: messages without the number of their channel. */
class PodStream extends Duplex {
  private readonly begun = new Set<number>();

  public constructor(
    private readonly socket: WebSocket,
    signal: AbortSignal,
  ) {
    super({ allowHalfOpen: false, signal });
    socket.on("message", (message) => this.receive(message));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => {
      if (!this.destroyed) this.push(null);
    });
  }

  private receive(message: RawData): void {
    if (this.destroyed || !Buffer.isBuffer(message)) return;
    const channel = message[0] ?? COMPLAINTS;
    if (!this.begun.has(channel)) return void this.begun.add(channel);
    if (channel === DATA) {
      if (!this.push(message.subarray(1))) this.socket.pause();
    }
    // The kubelet says here that nothing listens on the port.
    else this.destroy(new Error(excerpt(message.subarray(1).toString("utf8"), 200)));
  }

  public override _read(): void {
    this.socket.resume();
  }

  public override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.socket.send(Buffer.concat([Buffer.of(DATA), chunk]), done);
  }

  public override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.terminate();
    done(error);
  }
}

/**
 * Connects to a port of a pod through the API server, as `kubectl port-forward` does.
 * @param signal ends the connection, also while it is being made
 * @throws ApiRefusal if the server refuses it; ConnectionError if there is no answer
 */
export async function connectToPod(
  transport: ApiTransport,
  { namespace, pod, port }: PodPort,
  signal: AbortSignal,
): Promise<Duplex> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`;
  return new PodStream(await transport.socket(`${path}?ports=${port}`, PROTOCOL, signal), signal);
}
