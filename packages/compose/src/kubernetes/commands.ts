import type { LossReport } from "../losses";
import type { Healthcheck, Service } from "../model/types";
import { replaceMarks } from "../source/tree";

/**
 * `command` and `args` of a container. Compose's entrypoint is Kubernetes' command, compose's command its args. Secrets
 * become `$(NAME)`, which the kubelet fills in from the environment, so that no manifest shows them.
 */
export function commands(service: Service, report: LossReport): { command?: string[]; args?: string[] } {
  const words = (list: readonly string[]) => list.map(argument);
  const { entrypoint, command } = service;
  if (entrypoint === undefined && command?.length === 0)
    report.add(service.name, "command", "", "the image's own command runs", "set `entrypoint`, which drops it");
  if (entrypoint === undefined) return command === undefined || command.length === 0 ? {} : { args: words(command) };
  if (entrypoint.length > 0)
    return { command: words(entrypoint), ...(command?.length ? { args: words(command) } : {}) };
  // An empty entrypoint drops the image's own; what is left is the command.
  if (command?.length) return { command: words(command) };
  report.add(service.name, "entrypoint", "", "the image's own entrypoint runs", "set `command` as well");
  return {};
}

function argument(word: string): string {
  return replaceMarks(word, (name) => `$(${name})`, escape);
}

/** The kubelet takes `$(NAME)` for a reference and `$$` for a dollar sign; one at the end may come before a reference. */
function escape(text: string): string {
  return /\$([$(]|$)/.test(text) ? text.replaceAll("$", "$$$$") : text;
}

/** The command of a probe or a hook, which the kubelet does not expand: a shell reads secrets from the environment. */
export function execCommand(run: Healthcheck["test"]): string[] {
  if ("command" in run) return [...run.command].map(shellReferences);
  return ["/bin/sh", "-c", shellReferences(run.shell)];
}

function shellReferences(text: string): string {
  return replaceMarks(text, (name) => `\${${name}}`);
}
