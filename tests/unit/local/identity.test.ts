import { otherStudioPort } from "../../../local/platform/identity";

const earlier = process.env.NEXUS_STUDIO_PORT;
afterEach(() => {
  if (earlier === undefined) delete process.env.NEXUS_STUDIO_PORT;
  else process.env.NEXUS_STUDIO_PORT = earlier;
});

const running = { id: "abc123", link: 1, ports: { registry: 31500, studio: 30080 } };

test("A5: a studio port that comes too late for a platform that runs is named, with what to do", () => {
  process.env.NEXUS_STUDIO_PORT = "31080";
  expect(otherStudioPort(running)).toBe(
    "The local platform runs with port 30080 for the studio; NEXUS_STUDIO_PORT=31080 counts when it starts anew. " +
      "Fix: npm run destroy, then npm run up.",
  );
});

test.each(["", "30080"])("A5: NEXUS_STUDIO_PORT=%s asks for nothing else", (port) => {
  process.env.NEXUS_STUDIO_PORT = port;
  expect(otherStudioPort(running)).toBeUndefined();
});
