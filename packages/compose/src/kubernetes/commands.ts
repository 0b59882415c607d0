import type { LossReport } from "../losses";
import type { Healthcheck, Service } from "../model/types";
import { replaceMarks } from "../source/tree";

/**
 * `command` and `args` of a container. Compose's entrypoint is Kubernetes' command, and compose's command is its args.
 * Secrets become `$(NAME)`, which the kubelet expands from the environment, so that no manifest shows them.
 */
export function commands(service: Service, report: LossReport): { command?: string[]; args?: string[] } {
  const words = (list: readonly string[]) => list.map(argument);
  const { entrypoint, command } = service;
  if (entrypoint === undefined && command?.length === 0)
    report.add(service.name, "command", "", "the image's own command runs", "set `entrypoint`, which drops it");
  if (entrypoint === undefined) return command === undefined || command.length === 0 ? {} : { args: words(command) };
  if (entrypoint.length > 0)
    return { command: words(entrypoint), ...(command?.length ? { args: words(command) } : {}) };
  // An empty entrypoint removes the image's own; the command then replaces it.
  if (command?.length) return { command: words(command) };
  report.add(service.name, "entrypoint", "", "the image's own entrypoint runs", "set `command` as well");
  return {};
}

function argument(word: string): string {
  return replaceMarks(word, (name) => `$(${name})`, escape);
}

/**
 * The kubelet reads `$(NAME)` as a reference and `$$` as a dollar sign. A dollar sign at the end of one part may come
 * before a reference in the next.
 */
function escape(text: string): string {
  return /\$([$(]|$)/.test(text) ? text.replaceAll("$", "$$$$") : text;
}

/** The command of a probe or a hook. The kubelet does not expand it, so a shell reads secrets from the environment. */
export function execCommand(run: Healthcheck["test"]): string[] {
  if ("command" in run) return [...run.command].map(shellReferences);
  return ["/bin/sh", "-c", shellReferences(run.shell)];
}

function shellReferences(text: string): string {
  return replaceMarks(text, (name) => `\${${name}}`);
}
