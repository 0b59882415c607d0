/**
 * What the programs of this repository need to know about the machine that they run on, and how they talk to people.
 * It uses neither Pulumi nor the Kubernetes API.
 */
export { readJsonFile, writeJsonFile } from "./json-file";
export { gitCommit } from "./git-commit";
export { expandHome, kubeconfigFiles } from "./kubeconfig-files";
export { withLock } from "./lock";
export { messageOf } from "./message-of";
export { NexusError } from "./nexus-error";
export { ownValue } from "./own-value";
export {
  cacheDir,
  dataDir,
  isOnPath,
  localUrl,
  platformHome,
  repositoryRoot,
  TOOLS_ON_PATH,
  TYPESCRIPT_ARGUMENTS,
} from "./paths";
export { excerpt, printable } from "./printable";
export { processName, processStartTime } from "./process-identity";
export { createReporter, duration, type Reporter, reportStep } from "./progress";
export { ProgramError, type RunOptions, runProgram } from "./run-program";
export { endingSignals, signalIfRunning } from "./signals";
export { shellWord } from "./shell-word";
export { closest } from "./spelling";
export { forStack, stackScripts } from "./stack-commands";
export { waitFor } from "./wait";
