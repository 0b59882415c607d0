import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { waitFor } from "@nexus/testkit/server-process";
import { Harness, newTenant, type Tenant, user } from "./harness";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
}, 60_000);
afterAll(() => harness?.stop());

/** A request whose body never ends; `answered` has what came back until the connection ended. */
async function begin(port: number, { authorization }: Tenant): Promise<{ socket: Socket; answered: Promise<string> }> {
  const socket = connect(port, "127.0.0.1");
  const head = `POST /ai/v1/chat HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json`;
  socket.write(`${head}\r\nContent-Length: 1000000\r\n\r\n{"messages":`);
  await once(socket, "connect");
  const answered = once(socket, "data").then(([data]) => String(data));
  return { socket, answered };
}

test("a tenant whose requests never end has some at one time, and others are answered", async () => {
  const service = await harness.service({ AI_MAX_CONCURRENT_PER_TENANT: "1", AI_MAX_CONCURRENT: "2" });
  const url = await service.app.listen({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(url).port);
  harness.upstream.play({ texts: ["hello"] });
  const [slow, other] = [newTenant(), newTenant()];
  const waiting = [await begin(port, slow), await begin(port, slow)];
  const third = await begin(port, slow);
  expect(await third.answered).toMatch(/^HTTP\/1\.1 503 [^]*"code":"ai_busy"/);
  expect(await harness.post(service, other, user("hi"))).toMatchObject({ status: 200 });
  for (const { socket } of [...waiting, third]) socket.destroy();
  await waitFor("the requests of those who left are forgotten", async () =>
    expect(await harness.post(service, slow, user("hi"))).toMatchObject({ status: 200 }),
  );
});
