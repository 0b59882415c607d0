import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startStudioWorld, type StudioWorld } from "./studio-world";

const guide = readFileSync(join(__dirname, "../../../docs/api.md"), "utf8");
const commands = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join("\n");
const expected = [...commands.matchAll(/^# -> (.*)$/gm)].map(([, line]) => line);

let world: StudioWorld;

beforeAll(async () => {
  world = await startStudioWorld();
}, 120_000);
afterAll(() => world?.stop());

test("the commands of docs/api.md work as they stand, through the studio's URL", async () => {
  const script = `set -euo pipefail\n${commands.replaceAll("http://localhost:30080", world.url)}`;
  // The output shows which command failed or did not end.
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script], { timeout: 45_000 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect({ lines: stdout.trim().split("\n"), stderr }).toEqual({ lines: expected, stderr: "" });
});

test("docs/api.md names every route that the services describe, and no other", async () => {
  const described = await Promise.all(
    ["/api/v1/openapi.json", "/auth/openapi.json"].map(async (path) => {
      const { paths } = (await (await fetch(world.url + path)).json()) as { paths: Record<string, object> };
      return Object.entries(paths).flatMap(([route, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
      );
    }),
  );
  const named = [...guide.matchAll(/`((?:GET|POST|PUT|DELETE) \/[^`]+)`/g)].map(([, route = ""]) =>
    route.replace(/ \/(workspaces|tenant-settings|usage|export)/, " /api/v1/$1"),
  );
  const ofClients = described.flat().filter((route) => !/ \/(health|ready)$/.test(route));
  expect([...new Set(named)].sort()).toEqual([...new Set(ofClients)].sort());
});
