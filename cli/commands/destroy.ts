import * as path from "node:path";
import { createReporter, reportStep } from "../../local/progress";
import { platformHome } from "../../local/platform/layout";
import { stopPlatform } from "../../local/platform/stop";
import { checkCluster } from "../cluster-check";
import { recoverInterruptedUpdate, refuseWhileUpdating } from "../interrupted-update";
import { runPulumi, selectStack, stackArguments } from "../pulumi";
import { openSession, requireCluster } from "../session";
import { readStackSettings, type StackOptions } from "../stack-settings";

export interface DestroyOptions extends StackOptions {
  readonly keepPlatform: boolean;
}

/**
 * `npm run destroy`: removes what `up` made. On the local platform the platform itself goes too, with its data; the
 * tools in the cache stay, for the next `up`.
 */
export async function destroy(options: DestroyOptions): Promise<void> {
  const settings = readStackSettings(options);
  const local = settings.clusterKind === "local";
  if (local && !options.keepPlatform) {
    // Everything the stack made lives inside the platform, its state included.
    refuseWhileUpdating(path.join(platformHome(), "state"), options.stack);
    const stopped = await reportStep(createReporter(), "stop", "Stopping the local platform", () =>
      stopPlatform({ home: platformHome(), deleteData: true }),
    );
    process.stdout.write(
      stopped ? "The local platform and all it held are removed.\n" : "There is no local platform.\n",
    );
    return;
  }
  requireCluster(settings);
  const session = await openSession(options);
  await checkCluster(session);
  const { variables } = session;
  await recoverInterruptedUpdate(variables, options);
  await selectStack(variables, options);
  await runPulumi(variables, ["destroy", "--yes", "--skip-preview", ...stackArguments(options)]);
}
