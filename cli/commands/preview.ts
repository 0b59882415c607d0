import { checkCluster } from "../cluster-check";
import { formerDockerImages } from "../update/docker-images";
import { hasDrifted } from "../update/drift";
import { lastUpdateFailed } from "../update/interrupted-update";
import { exportStack, runPulumi, selectStack, stackArguments } from "../pulumi";
import { openSession } from "../open-session";
import type { StackOptions } from "../stack-settings";

/** `npm run preview`: what `up` would change, without changing it. */
export async function preview(options: StackOptions): Promise<void> {
  const session = await openSession(options);
  await checkCluster(session);
  const { variables } = session;
  await selectStack(variables, options);
  const exported = await exportStack(variables, options.stack);
  const looks = (await lastUpdateFailed(variables, options)) || (await hasDrifted(session, exported));
  const refresh = looks ? ["--refresh"] : [];
  // `up` forgets them; until then the engine would look for their plugin.
  const left = formerDockerImages(session, exported).flatMap(({ urn }) => ["--exclude", urn]);
  await runPulumi(variables, ["preview", "--diff", ...refresh, ...left, ...stackArguments(options)]);
}
