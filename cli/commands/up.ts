import { waitForAddons } from "../../local/platform/cluster-addons";
import { createReporter, localUrl, reportStep } from "@nexus/host";
import { checkCluster } from "../cluster-check";
import { awaitDeletions } from "../update/deletions";
import { forgetFormerDockerImages } from "../update/docker-images";
import { lastUpdateFailed, recoverInterruptedUpdate } from "../update/interrupted-update";
import { backupKeyNews } from "../update/backup-key";
import { describeFailedBuilds } from "../update/failed-builds";
import { hasDrifted, lookForDrift } from "../update/drift";
import { exportStack, InterruptedError, runPulumi, selectStack, stackArguments } from "../pulumi";
import { askToGoOn, isProduction, requireTerminal } from "../questions";
import { withLossAsked } from "../update/losses";
import { awaitRollouts } from "../update/rollouts";
import { describeUnready } from "../update/unready";
import { openSession } from "../open-session";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

export interface UpOptions extends StackOptions {
  /** Continues without a question. */
  readonly yes: boolean;
}

/** `npm run up`: deploys platform, images, secrets and workloads, and prints the URL at the end. */
export async function up(options: UpOptions): Promise<void> {
  const started = Date.now();
  const { stack, yes } = options;
  const asks = isProduction(stack) && !yes;
  if (asks) requireTerminal({ stack, command: "up", text: `Stack ${stack} counts as production.` });
  const session = await openSession(options);
  await checkCluster(session);
  // A killed update is not in Pulumi's history.
  const killed = await recoverInterruptedUpdate(session.variables, options);
  await selectStack(session.variables, options);
  const failed = killed || (await lastUpdateFailed(session.variables, options));
  if (failed) await awaitDeletions(session);
  const exported = await exportStack(session.variables, stack);
  const refresh = failed || (await hasDrifted(session, exported));
  await forgetFormerDockerImages(session, exported, options);
  const run = (variables: Record<string, string>) => update({ ...session, variables }, options, refresh);
  try {
    if (asks) {
      await showChanges(session, options, refresh);
      await askToGoOn({ stack, command: "up", text: "Make these changes?" });
    }
    if (yes || asks) await run(session.variables);
    else await withLossAsked(session.variables, { stack, show: () => showChanges(session, options, refresh) }, run);
    if ((await lookForDrift(session, options)).lost.length > 0) await update(session, options, true);
    await awaitAddons(session);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    // The log of a failed build or of a pod that is not ready explains the error best.
    const reports = [describeUnready(session), describeFailedBuilds(session, started)];
    for (const report of await Promise.all(reports.map((one) => one.catch(() => ""))))
      if (report) process.stderr.write(`\n${report}\n`);
    throw error;
  }
  const news = await backupKeyNews(session, started);
  process.stdout.write(news === undefined ? "" : `\n${news}\n`);
  process.stdout.write(farewell(session, options, Math.round((Date.now() - started) / 1000)));
}

/** @param refresh whether to look at the cluster first */
function showChanges({ variables }: Session, options: StackOptions, refresh: boolean): Promise<void> {
  return runPulumi(variables, ["preview", ...(refresh ? ["--refresh"] : []), ...stackArguments(options)]);
}

/** @param refresh whether to look at the cluster first */
async function update(session: Session, options: StackOptions, refresh: boolean): Promise<void> {
  // Outputs are not printed, because they would separate an error from its reason; the URL is printed at the end.
  const flags = ["--yes", "--skip-preview", "--suppress-outputs", ...(refresh ? ["--refresh"] : [])];
  await runPulumi(session.variables, ["up", ...flags, ...stackArguments(options)]);
  await awaitRollouts(session);
}

/** The local platform continues to start the add-ons that the stack does not need. */
async function awaitAddons({ platform, binDir }: Session): Promise<void> {
  if (platform?.kind !== "local") return;
  await reportStep(createReporter(), "addons", "Metrics and ingress controller", () => waitForAddons(platform, binDir));
}

function farewell(session: Session, options: StackOptions, seconds: number): string {
  const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const { platform } = session;
  if (!platform)
    return `\nStack ${options.stack} is up (${time}). Its addresses: pulumi stack output --stack ${options.stack}\n`;
  const { ingressPort } = platform;
  const ingress =
    ingressPort === undefined
      ? ""
      : `  Ingress  ${localUrl(ingressPort)}, for every host of an Ingress of class nginx\n`;
  return `
Nexus is up (${time}).

  Studio   ${platform.urls.studio}
  Log in   open the studio and create an account: any e-mail address, a password of 12 characters or more
${ingress}  Health   ${platform.urls.studio}/health

  npm run status                       state of the workloads
  npm run logs -- workspace-kernel     follow a service
  eval "$(npm run -s env)"             plain pulumi and kubectl in this shell
  npm run destroy                      remove everything again
`;
}
