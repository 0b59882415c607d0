import * as path from "node:path";
import { createReporter, platformHome, reportStep } from "@nexus/host";
import { stopPlatform } from "../../local/platform/stop";
import { forgetKind, stopKind } from "../../local/kind/stop";
import { platformNames, recordedPlatform } from "../../local/platform-choice";
import { checkCluster } from "../cluster-check";
import { forgetFormerDockerImages } from "../update/docker-images";
import { recoverInterruptedUpdate, refuseWhileUpdating } from "../update/interrupted-update";
import { askToGoOn, isProduction, requireTerminal, terminal } from "../questions";
import { refuseStrandedState } from "../surroundings";
import { nameInUrn } from "../../components/guard/recorded";
import { type ExportedStack, exportStack, runPulumi, selectStack, stackArguments } from "../pulumi";
import { openSession, requireOwnCluster } from "../open-session";
import { ownCluster, readStackSettings, type StackOptions } from "../stack-settings";

export interface DestroyOptions extends StackOptions {
  /** Continues without a question. */
  readonly yes: boolean;
  readonly keepPlatform: boolean;
  /** Also ends if the Docker engine of a kind cluster does not answer. */
  readonly forget: boolean;
}

/** All objects of the stack are inside the cluster, and its state is removed with the cluster. */
async function removePlatform({ stack, forget, yes }: DestroyOptions): Promise<void> {
  const [home, reporter] = [platformHome(), createReporter()];
  refuseWhileUpdating(path.join(home, "state"), stack);
  refuseStrandedState();
  const forgotten = forget ? await forgetKind(home) : undefined;
  if (forgotten !== undefined) return void process.stdout.write(forgotten);
  const recorded = recordedPlatform(home);
  const kind = recorded ?? "local";
  const text = `Remove the ${platformNames[kind]} in ${home} with its data: database, volumes, images and state?`;
  if (recorded && !yes && (isProduction(stack) || terminal.isThere()))
    await askToGoOn({ stack, command: "destroy", text });
  const stopped = await reportStep(reporter, "stop", `Removing the ${platformNames[kind]}`, () =>
    kind === "kind" ? stopKind({ home, reporter }) : stopPlatform({ home, deleteData: true }),
  );
  process.stdout.write(
    stopped ? `The ${platformNames[kind]} and its data are removed.\n` : "There is no cluster on this machine.\n",
  );
}

/** @throws Error if objects are protected: Pulumi would delete all others before it fails */
export function refuseProtected({ deployment }: ExportedStack, stack: string): void {
  const names = (deployment?.resources ?? []).filter(({ protect }) => protect).map(({ urn }) => nameInUrn(urn));
  if (names.length === 0) return;
  throw new Error(
    `Stack ${stack} protects objects with data: ${names.join(", ")}. Nothing was changed. To delete them for good: ` +
      `pulumi state unprotect --all --yes --stack ${stack}, then this command again.`,
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
  const { stack, yes } = options;
  const question = { stack, command: "destroy", text: "Delete all of this, including the data?" };
  // For this machine's own cluster, scripts need no `--yes`, as in earlier releases.
  const asks = !yes && (!own || isProduction(stack) || terminal.isThere());
  if (asks) requireTerminal(question);
  const session = await openSession(options);
  await checkCluster(session);
  const { variables } = session;
  await recoverInterruptedUpdate(variables, options);
  await selectStack(variables, options);
  const exported = await exportStack(variables, stack);
  refuseProtected(exported, stack);
  await forgetFormerDockerImages(session, exported, options);
  if (asks) {
    await runPulumi(variables, ["destroy", "--preview-only", ...stackArguments(options)]);
    await askToGoOn(question);
  }
  await runPulumi(variables, ["destroy", "--yes", "--skip-preview", ...stackArguments(options)]);
}
