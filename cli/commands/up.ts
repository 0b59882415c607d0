import { checkCluster } from "../cluster-check";
import { awaitDeletions } from "../deletions";
import { recoverInterruptedUpdate, refreshAfterFailure } from "../interrupted-update";
import { refreshWhereLost } from "../lost-objects";
import { checkNamespace } from "../namespace-check";
import { InterruptedError, runPulumi, selectStack, stackArguments } from "../pulumi";
import { awaitRollouts } from "../rollouts";
import { describeUnready } from "../unready";
import { openSession, type Session } from "../session";
import type { StackOptions } from "../stack-settings";

/** `npm run up`: platform, images, secrets and workloads; ends with where to go. */
export async function up(options: StackOptions): Promise<void> {
  const started = Date.now();
  const session = await openSession(options);
  await checkCluster(session);
  await checkNamespace(session);
  // One that was killed is not in the history.
  const killed = await recoverInterruptedUpdate(session.variables, options);
  await selectStack(session.variables, options);
  const failed = killed ? ["--refresh"] : await refreshAfterFailure(session.variables, options);
  if (failed.length > 0) await awaitDeletions(session);
  const refresh = failed.length > 0 ? failed : await refreshWhereLost(session, options);
  try {
    await update(session, options, refresh);
    const lost = await refreshWhereLost(session, options);
    if (lost.length > 0) await update(session, options, lost);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    // Why a pod is not ready is seen best in the pod itself.
    const report = await describeUnready(session).catch(() => "");
    if (report) process.stderr.write(`\n${report}\n`);
    throw error;
  }
  process.stdout.write(farewell(session, options, Math.round((Date.now() - started) / 1000)));
}

async function update(session: Session, options: StackOptions, refresh: readonly string[]): Promise<void> {
  await runPulumi(session.variables, ["up", "--yes", "--skip-preview", ...refresh, ...stackArguments(options)]);
  await awaitRollouts(session);
}

function farewell(session: Session, options: StackOptions, seconds: number): string {
  const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (session.settings.clusterKind !== "local")
    return `\nStack ${options.stack} is up (${time}). Its addresses: pulumi stack output --stack ${options.stack}\n`;
  return `
Nexus is up (${time}).

  Studio   ${session.studioUrl}
  Log in   open the studio and create an account: any e-mail address, a password of 12 characters or more
  Health   ${session.studioUrl}/health

  npm run status                       what runs, and how it is
  npm run logs -- workspace-kernel     follow a service
  eval "$(npm run -s env)"             plain pulumi and kubectl in this shell
  npm run destroy                      remove everything again
`;
}
