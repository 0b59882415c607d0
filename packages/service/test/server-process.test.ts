import { readFile } from "node:fs/promises";
import { freePort } from "@nexus/testkit/server-process";

test("a port for a server is used once, and is never one that the system gives to others", async () => {
  const ports = await Promise.all(Array.from({ length: 500 }, freePort));
  expect(new Set(ports).size).toBe(500);
  // The range of IANA, for a system that does not report its own.
  const range = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => "49152");
  expect(Math.max(...ports)).toBeLessThan(parseInt(range, 10));
});
