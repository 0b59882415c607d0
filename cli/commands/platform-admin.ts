import { spawn } from "node:child_process";
import { NexusError } from "@nexus/host";
import { clusterArguments, kubectlList, kubectlProgram } from "../kubectl";
import type { Pod } from "../kubernetes-types";
import { openSession } from "../open-session";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

export interface PlatformAdminOptions extends StackOptions {
  /** Id of the account, where nobody proved that the address belongs to its person. */
  readonly account?: string;
}

const SERVICE = "graphstudio-backend";
const SELECTOR = `app.kubernetes.io/name=${SERVICE},app.kubernetes.io/part-of=nexus`;

/**
 * `npm run platform-admin`: who may administer the platform, and what its tenants use of the kernel. It runs in a pod of the
 * backend, so whoever may do this in the cluster may do it, and there is no address on the network that could be asked.
 */
export async function platformAdmin(
  act: "grant" | "revoke" | "list" | "usage",
  /** An address; for the usage, a part of a tenant's name or its id. */
  text: string | undefined,
  options: PlatformAdminOptions,
): Promise<void> {
  if ((act === "grant" || act === "revoke") && !text)
    throw new NexusError("Name the address of an account.", [`Fix: npm run platform-admin -- ${act} ada@example.com`]);
  const args = [act, text, options.account].filter((each) => each !== undefined);
  await grantIn(await openSession(options, false), args);
}

/** Runs the program of the backend's image in one of its pods. */
export async function grantIn(session: Session, args: readonly string[]): Promise<void> {
  const pods = await kubectlList<Pod>(session, "pods", SELECTOR);
  const pod = pods.find(({ status }) => status.containerStatuses?.some(({ ready }) => ready));
  if (!pod) throw new NexusError(`No pod of ${SERVICE} is ready.`, ["Fix: npm run status"]);
  const child = spawn(
    kubectlProgram(session),
    [...clusterArguments(session), "exec", pod.metadata.name, "--", "node", "dist/platform-admin.js", ...args],
    { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...session.variables } },
  );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) process.exitCode = 1;
}
