import { ProgramError, runProgram } from "@nexus/host";
import { clusterArguments, kubectlProgram } from "./kubectl";
import type { Session } from "./session";

const SECONDS = 10;

/**
 * Asks the stack's cluster for its version, so that an error about the cluster comes before anything is built.
 * @throws Error that names the stack's context and quotes the cluster's answer or the connection error
 */
export async function checkCluster(session: Session): Promise<void> {
  const { settings, variables, platform } = session;
  if (platform?.kind === "local") return;
  const args = [...clusterArguments(session), "get", "--raw", "/version", `--request-timeout=${SECONDS}s`];
  try {
    await runProgram(kubectlProgram(session), args, { env: { ...process.env, ...variables } });
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const answer = error.output.split("\n").at(-1) ?? "";
    if (platform)
      throw new Error(`The cluster of context ${platform.context} does not answer: ${answer}\nFix: npm run up`);
    throw new Error(
      `The cluster of context "${settings.context ?? ""}" (nexus:cluster.context in ${settings.file}) cannot be used: ` +
        `${answer}\nFix: check it with kubectl --context ${settings.context ?? ""} version, or name another context.`,
    );
  }
}
