import { createServer, type AddressInfo } from "node:net";
import { fetch } from "undici";
import { connectInTime, isGone } from "../src/ownership/reachability";

const failed = (code: string, syscall: string) => {
  const cause = Object.assign(new Error(code), { code, syscall });
  return new TypeError("fetch failed", { cause });
};

test.each(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"])(
  "%s counts as gone while connecting, and not on a connection that may have carried a request",
  (code) => {
    expect(isGone(failed(code, "connect"))).toBe(true);
    expect(isGone(failed(code, "read"))).toBe(false);
    expect(isGone(failed(code, "write"))).toBe(false);
  },
);

test("a pod that takes the connection and cuts it is not gone: it may have seen the request", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const post = () => fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" }).catch((error: unknown) => error);
  expect(isGone(await post())).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(isGone(await post())).toBe(true);
  const socket = connectInTime({ host: "127.0.0.1", port });
  expect(isGone(await new Promise((resolve) => socket.once("error", resolve)))).toBe(true);
});
