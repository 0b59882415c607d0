import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { grantIn } from "../../../cli/commands/platform-admin";
import type { ContainerStatus, Pod } from "../../../cli/kubernetes-types";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { partly } from "../../support/partly";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-platform-admin-"));
});
afterEach(() => {
  process.exitCode = undefined;
  fs.rmSync(folder, { recursive: true });
});

const pod = (name: string, ready: boolean) =>
  partly<Pod>({ metadata: { name }, status: { containerStatuses: [{ name: "main", ready } as ContainerStatus] } });

/** @returns the arguments of kubectl */
async function run(pods: readonly Pod[], code: number): Promise<string> {
  const calls = path.join(folder, "calls");
  const session = sessionWithKubectl(folder, { pods }, `printf '%s\\n' "$@" > ${calls}; exit ${code}`);
  await grantIn(session, ["grant", "ada@example.com; rm -rf /", "an-id"]);
  return fs.readFileSync(calls, "utf8");
}

test("the command runs in a ready pod of the backend, and no shell reads the address", async () => {
  const called = await run([pod("starting", false), pod("backend-1", true)], 0);
  expect(called.split("\n").slice(-9, -1)).toEqual([
    ...["exec", "backend-1", "--", "node", "dist/platform-admin.js", "grant", "ada@example.com; rm -rf /", "an-id"],
  ]);
  expect(process.exitCode).toBeUndefined();
});

test("what the program in the pod refuses fails the command, and so does a backend without a ready pod", async () => {
  await run([pod("backend-1", true)], 1);
  expect(process.exitCode).toBe(1);
  await expect(run([pod("starting", false)], 0)).rejects.toThrow("No pod of graphstudio-backend is ready.");
});
