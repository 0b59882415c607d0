import * as path from "node:path";
import { createReporter, platformHome, reportStep } from "@nexus/host";
import { stopPlatform } from "../../local/platform/stop";
import { forgetKind, stopKind } from "../../local/kind/stop";
import { platformNames, recordedPlatform } from "../../local/platform-choice";
import { checkCluster } from "../cluster-check";
import { recoverInterruptedUpdate, refuseWhileUpdating } from "../update/interrupted-update";
import { runPulumi, selectStack, stackArguments } from "../pulumi";
import { openSession, requireOwnCluster } from "../open-session";
import { ownCluster, readStackSettings, type StackOptions } from "../stack-settings";

export interface DestroyOptions extends StackOptions {
  readonly keepPlatform: boolean;
  /** Also ends where the Docker engine of a kind cluster does not answer. */
  readonly forget: boolean;
}

/** Everything the stack made lives inside the cluster, and its state beside it. */
async function removePlatform({ stack, forget }: DestroyOptions): Promise<void> {
  const [home, reporter] = [platformHome(), createReporter()];
  refuseWhileUpdating(path.join(home, "state"), stack);
  const forgotten = forget ? await forgetKind(home) : undefined;
  if (forgotten !== undefined) return void process.stdout.write(forgotten);
  const kind = recordedPlatform(home) ?? "local";
  const stopped = await reportStep(reporter, "stop", `Removing the ${platformNames[kind]}`, () =>
    kind === "kind" ? stopKind({ home, reporter }) : stopPlatform({ home, deleteData: true }),
  );
  process.stdout.write(
    stopped ? `The ${platformNames[kind]} and all it held are removed.\n` : "There is no cluster on this machine.\n",
  );
}

/**
 * `npm run destroy`: removes what `up` made. A cluster that `up` made on this machine goes too, with its data; the
 * tools in the cache stay, for the next `up`.
 */
export async function destroy(options: DestroyOptions): Promise<void> {
  const settings = readStackSettings(options);
  const own = ownCluster(settings) !== undefined;
  if (own && !options.keepPlatform) return removePlatform(options);
  if (own) requireOwnCluster(settings);
  const session = await openSession(options);
  await checkCluster(session);
  const { variables } = session;
  await recoverInterruptedUpdate(variables, options);
  await selectStack(variables, options);
  await runPulumi(variables, ["destroy", "--yes", "--skip-preview", ...stackArguments(options)]);
}
