import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { openSession } from "../../../cli/open-session";

let folder: string;
const outside = process.env.NEXUS_HOME;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-session-"));
  process.env.NEXUS_HOME = path.join(folder, "home");
});
afterEach(() => {
  if (outside === undefined) delete process.env.NEXUS_HOME;
  else process.env.NEXUS_HOME = outside;
  fs.rmSync(folder, { recursive: true });
});

test("A16 A17: a read-only command says that there is no cluster, and creates nothing", async () => {
  await expect(openSession({ stack: "dev" }, false)).rejects.toThrow(
    "Stack dev has no cluster on this machine yet. Fix: npm run up",
  );
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("A16 A17: a read-only command reports a local platform that is down", async () => {
  const identity = { id: "abc123", link: 1, ports: { registry: 29500, studio: 30080 } };
  fs.mkdirSync(path.join(folder, "home"));
  fs.writeFileSync(path.join(folder, "home/instance.json"), JSON.stringify(identity));
  await expect(openSession({ stack: "dev" }, false)).rejects.toThrow(
    "The local platform is not running. Fix: npm run up",
  );
});
