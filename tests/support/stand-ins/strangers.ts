import { createServer } from "node:http";
import { listen, startTcp, type StandIn } from "./tcp-server";

/** A web server. */
export async function startHttp(): Promise<StandIn> {
  return await listen(createServer((_request, response) => response.end("<h1>It works</h1>")));
}

/** Accepts and never sends anything; reports when it has received something. */
export async function startSilent(onHeard: () => void = () => undefined): Promise<StandIn> {
  return await startTcp((socket) => socket.on("data", onHeard));
}

/** Closes the connection at the first byte. */
export async function startHangup(): Promise<StandIn> {
  return await startTcp((socket) => socket.once("data", () => socket.end()));
}

/** Sends the same to every client that has sent something. */
export async function startSaying(bytes: Uint8Array | string): Promise<StandIn> {
  return await startTcp((socket) => socket.once("data", () => socket.write(bytes)));
}

/** Sends the given bytes first and then never stops sending. */
export async function startEndless(beginning: Uint8Array | string): Promise<StandIn> {
  const block = Buffer.alloc(16_384, "x");
  return await startTcp((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on("drain", more);
    socket.write(beginning, more);
  });
}

/** Sends back what it receives. */
export async function startEcho(): Promise<StandIn> {
  return await startTcp((socket) => socket.pipe(socket));
}
