import { WebSocket } from "ws";

export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** A WebSocket client that records its messages. */
export class SocketClient {
  readonly messages: Message[] = [];
  readonly closed: Promise<number>;
  private readonly waiting = new Set<() => void>();

  /** Fails with the status of a refusal in the message. */
  static async connect(url: string, token?: string, headers: Record<string, string> = {}): Promise<SocketClient> {
    const query = token === undefined ? "" : `?token=${token}`;
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/panels${query}`, { headers });
    const client = new SocketClient(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return client;
  }

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as Message);
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) => socket.once("close", resolve));
  }

  send(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.terminate();
  }

  /** The first message, also an earlier one, that has these fields. */
  async next(type: string, fields: Record<string, unknown> = {}): Promise<Message> {
    const find = () =>
      this.messages.find(
        (message) => message.type === type && Object.entries(fields).every(([key, value]) => message[key] === value),
      );
    return await new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (!found) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`no ${type} ${JSON.stringify(fields)} in 60 s, only ${JSON.stringify(this.messages)}`));
      }, 60_000);
      this.waiting.add(look);
      look();
    });
  }

  /** Numbers of the stream entries, in the order of their arrival. */
  get seqs(): unknown[] {
    return this.messages.filter(({ type }) => type === "patch" || type === "event").map(({ seq }) => seq);
  }
}

/** Opens sockets for the tests of one file. */
export interface SocketClients {
  readonly connect: (
    kernel: { readonly url: string },
    token: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<SocketClient>;
  /** Closes all that are open: after each test, before the pods end. */
  readonly closeAll: () => void;
}

export function createSocketClients(): SocketClients {
  const open: SocketClient[] = [];
  return {
    connect: async ({ url }, token, headers) => {
      const socket = await SocketClient.connect(url, token, headers);
      open.push(socket);
      return socket;
    },
    closeAll: () => {
      for (const socket of open.splice(0)) socket.close();
    },
  };
}
