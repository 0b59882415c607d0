import * as http from "node:http";
import * as net from "node:net";
import { fetchByProxy } from "../../../local/web";

const servers: http.Server[] = [];
const saved = { ...process.env };

function listening(server: http.Server): Promise<string> {
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as net.AddressInfo).port}`)),
  );
}

/** A proxy, and the requested addresses. */
async function startProxy(): Promise<{ readonly address: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const proxy = http.createServer();
  proxy.on("connect", (request: http.IncomingMessage, client: net.Socket) => {
    asked.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const target = net.connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    client.on("error", () => target.destroy());
  });
  return { address: await listening(proxy), asked };
}

afterEach(() => {
  process.env = { ...saved };
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test("A1: downloads use the proxy of the environment, except for hosts in NO_PROXY", async () => {
  const site = await listening(http.createServer((_request, response) => response.end("there")));
  const proxy = await startProxy();
  process.env = { ...saved, HTTP_PROXY: `http://${proxy.address}`, NO_PROXY: "" };
  expect(await (await fetchByProxy(`http://${site}/archive`)).text()).toBe("there");
  expect(proxy.asked).toEqual([site]);
  process.env.NO_PROXY = "127.0.0.1";
  expect(await (await fetchByProxy(`http://${site}/archive`)).text()).toBe("there");
  expect(proxy.asked).toEqual([site]);
});
