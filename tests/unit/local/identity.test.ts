import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { freePort } from "@nexus/testkit/server-process";
import { chooseIdentity, isPortFree, otherStudioPort } from "../../../local/platform/identity";

const earlier = process.env.NEXUS_STUDIO_PORT;
afterEach(() => {
  if (earlier === undefined) delete process.env.NEXUS_STUDIO_PORT;
  else process.env.NEXUS_STUDIO_PORT = earlier;
});

const running = { id: "abc123", link: 1, ports: { registry: 31500, studio: 30080 } };

test("A5: a studio port that comes too late for a platform that runs is named, with what to do", () => {
  process.env.NEXUS_STUDIO_PORT = "31080";
  expect(otherStudioPort(running)).toBe(
    "The platform runs with port 30080 for the studio; NEXUS_STUDIO_PORT=31080 counts when it starts anew. " +
      "Fix: npm run destroy, then npm run up.",
  );
});

test.each(["", "30080"])("A5: NEXUS_STUDIO_PORT=%s asks for nothing else", (port) => {
  process.env.NEXUS_STUDIO_PORT = port;
  expect(otherStudioPort(running)).toBeUndefined();
});

describe("the port of Ingresses", () => {
  let home: string;
  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-identity-"));
  });
  afterEach(() => fs.rmSync(home, { recursive: true }));

  test("B24: is 80 where that is free, and the next free one elsewhere", async () => {
    const { ports } = await chooseIdentity(home, { studioPort: await freePort() });
    if (await isPortFree(80)) expect(ports.ingress).toBe(80);
    else expect(ports.ingress).toBeGreaterThan(8080);
  });

  test("of an instance that takes any port leaves 80 to others, is kept, and changes only when it was taken", async () => {
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
