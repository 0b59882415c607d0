import * as net from "node:net";

/** Forwards connections from a port of localhost to a port of the node, so that people can open `localhost`. */
export function forward(localPort: number, node: { host: string; port: number }): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const upstream = net.connect({ ...node, allowHalfOpen: true });
    // Either side may break the connection at any time; then the other side's connection is destroyed too.
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: localPort, host: "127.0.0.1" }, () => resolve(server));
  });
}
