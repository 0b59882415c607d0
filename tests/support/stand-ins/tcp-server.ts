import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A server that a test started, on a port of 127.0.0.1. */
export interface StandIn {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Listens on a free port; `close` also ends the open connections. */
export async function listen(server: Server): Promise<StandIn> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, close };
}

/** A TCP server that does something with each connection. */
export async function startTcp(onConnection: (socket: Socket) => void): Promise<StandIn> {
  return await listen(createServer(onConnection));
}
