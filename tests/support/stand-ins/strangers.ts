import { createServer } from "node:http";
import { listen, startTcp, type StandIn } from "./tcp-server";

/** A web server. */
export async function startHttp(): Promise<StandIn> {
  return await listen(createServer((_request, response) => response.end("<h1>It works</h1>")));
}

/** Accepts and never says anything; tells when it has heard something. */
export async function startSilent(onHeard: () => void = () => undefined): Promise<StandIn> {
  return await startTcp((socket) => socket.on("data", onHeard));
}

/** Hangs up at the first byte. */
export async function startHangup(): Promise<StandIn> {
  return await startTcp((socket) => socket.once("data", () => socket.end()));
}

/** Says the same to everybody, once they have said something. */
export async function startSaying(bytes: Uint8Array | string): Promise<StandIn> {
  return await startTcp((socket) => socket.once("data", () => socket.write(bytes)));
}

/** Begins with what is given and then never stops sending. */
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

/** Sends back what it gets. */
export async function startEcho(): Promise<StandIn> {
  return await startTcp((socket) => socket.pipe(socket));
}
