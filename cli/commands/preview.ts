import { checkCluster } from "../cluster-check";
import { lastUpdateFailed } from "../update/interrupted-update";
import { runPulumi, selectStack, stackArguments } from "../pulumi";
import { openSession } from "../open-session";
import type { StackOptions } from "../stack-settings";

/** `npm run preview`: what `up` would change, without changing it. */
export async function preview(options: StackOptions): Promise<void> {
  const session = await openSession(options);
  await checkCluster(session);
  const { variables } = session;
  await selectStack(variables, options);
  const refresh = (await lastUpdateFailed(variables, options)) ? ["--refresh"] : [];
  await runPulumi(variables, ["preview", "--diff", ...refresh, ...stackArguments(options)]);
}
