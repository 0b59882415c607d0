import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { freePort } from "@nexus/testkit/server-process";
import { chooseIdentity, choosePorts, isPortFree, otherStudioPort } from "../../../local/platform/identity";

const earlier = process.env.NEXUS_STUDIO_PORT;
afterEach(() => {
  if (earlier === undefined) delete process.env.NEXUS_STUDIO_PORT;
  else process.env.NEXUS_STUDIO_PORT = earlier;
});

const running = { id: "abc123", link: 1, ports: { registry: 29500, studio: 30080 } };

test("A5: a studio port that differs from that of the running platform is reported, with what to do", () => {
  process.env.NEXUS_STUDIO_PORT = "31080";
  expect(otherStudioPort(running)).toBe(
    "The platform runs with port 30080 for the studio; NEXUS_STUDIO_PORT=31080 takes effect only for a new platform. " +
      "Fix: npm run destroy, then npm run up.",
  );
});

test.each(["", "30080"])("A5: NEXUS_STUDIO_PORT=%s is not a different port", (port) => {
  process.env.NEXUS_STUDIO_PORT = port;
  expect(otherStudioPort(running)).toBeUndefined();
});

test("the registry's port is none that a Service may take, also where an earlier platform had one", async () => {
  for (const earlier of [undefined, { registry: 31_500, studio: 30_080 }]) {
    const { registry } = await choosePorts(earlier, { studioPort: "any" });
    expect(registry).toBeLessThan(30_000);
    expect(await choosePorts({ registry, studio: 30_080 }, { studioPort: "any" })).toMatchObject({ registry });
  }
});

describe("the port of Ingresses", () => {
  let home: string;
  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-identity-"));
  });
  afterEach(() => fs.rmSync(home, { recursive: true }));

  test("B24: is 80 if that is free, else the next free one", async () => {
    const { ports } = await chooseIdentity(home, { studioPort: await freePort() });
    if (await isPortFree(80)) expect(ports.ingress).toBe(80);
    else expect(ports.ingress).toBeGreaterThan(8080);
  });

  test("of an instance with any port is not 80, is kept, and changes only if it is taken", async () => {
    const first = await chooseIdentity(home, { studioPort: "any" });
    expect(first.ports.ingress).toBeGreaterThan(8080);
    const kept = await chooseIdentity(home, { studioPort: await freePort() });
    expect(kept.ports.ingress).toBe(first.ports.ingress);
    const server = net.createServer().listen(first.ports.ingress, "127.0.0.1");
    await once(server, "listening");
    const moved = await chooseIdentity(home, { studioPort: "any" });
    server.close();
    expect(moved.ports.ingress).not.toBe(first.ports.ingress);
  });
});
