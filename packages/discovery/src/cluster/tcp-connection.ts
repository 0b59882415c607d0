import * as net from "node:net";
import type { Duplex } from "node:stream";

/** A plain TCP connection; the signal ends it. */
export async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return await new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
