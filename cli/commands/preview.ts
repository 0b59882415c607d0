import { checkCluster } from "../cluster-check";
import { hasDrifted } from "../update/drift";
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
  const looks = (await lastUpdateFailed(variables, options)) || (await hasDrifted(session, options));
  const refresh = looks ? ["--refresh"] : [];
  await runPulumi(variables, ["preview", "--diff", ...refresh, ...stackArguments(options)]);
}
