import { waitFor } from "@nexus/host";
import { Account } from "./account";
import { EXECUTION_MS, IDLE_MS, query } from "./deployment";

const MINUTE = 60_000;
/** Time from the idle timeout to the unloading. */
const LATE_MS = 60_000;

async function epochOf(id: string): Promise<number | undefined> {
  return (await query<{ epoch: number }>(`select epoch from kernel.workspaces where id = '${id}'`))[0]?.epoch;
}

/** Unused workspaces are unloaded, and running ones stay. */
export function idleTests(): void {
  test(
    "A13: an idle workspace is unloaded within 60 s of its time and the next request brings it back; a handler that runs longer than that stays",
    async () => {
      const account = await Account.signUp();
      const [idle, busy] = [await account.create("idle"), await account.create("busy")];
      await account.run(idle, "let kept = 7");
      await account.run(busy, "let kept = 8");
      const epoch = await epochOf(busy);
      const code = "const end = Date.now() + input; while (Date.now() < end); return kept";
      expect((await account.call("PUT", `/${busy}/handlers/slow`, { code })).status).toBe(200);
      const input = (IDLE_MS + EXECUTION_MS) / 2;
      const slow = account.call("POST", `/${busy}/handlers/slow/invoke`, { input });

      const stopped = await waitFor("The unloading of an idle workspace", (IDLE_MS + LATE_MS) / 1000, async () => {
        const workspace = await account.workspace(idle);
        return workspace.state === "stopped" ? workspace : undefined;
      });
      expect(stopped).toMatchObject({ stopReason: "idle", ownerPod: null });
      const idleMs = Date.parse(String(stopped.stoppedAt)) - Date.parse(String(stopped.lastActiveAt));
      expect(idleMs).toBeGreaterThanOrEqual(IDLE_MS);
      expect(idleMs).toBeLessThanOrEqual(IDLE_MS + LATE_MS);
      expect(await account.run(idle, "kept")).toMatchObject({ result: 7, restarted: false });

      expect(await slow).toMatchObject({ status: 200, body: { result: 8, restarted: false } });
      expect(await epochOf(busy)).toBe(epoch);
    },
    3 * MINUTE,
  );
}
