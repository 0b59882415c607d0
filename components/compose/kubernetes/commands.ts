import type { LossReport } from "../losses";
import type { Service } from "../model/types";
import { replaceMarks } from "../source/tree";

/**
 * `command` and `args` of a container. Compose's entrypoint is Kubernetes' command, compose's command its args. Secrets
 * become `$(NAME)`, which the kubelet fills in from the environment, so that no manifest shows them.
 */
export function commands(service: Service, report: LossReport): { command?: string[]; args?: string[] } {
  const words = (list: readonly string[]) => list.map((word) => argument(word, service, report));
  const { entrypoint, command } = service;
  if (entrypoint === undefined) return command === undefined || command.length === 0 ? {} : { args: words(command) };
  if (entrypoint.length > 0)
    return { command: words(entrypoint), ...(command?.length ? { args: words(command) } : {}) };
  // An empty entrypoint drops the image's own; what is left is the command.
  if (command?.length) return { command: words(command) };
  report.add(service.name, "entrypoint", "", "the image's own entrypoint runs", "set `command` as well");
  return {};
}

function argument(word: string, service: Service, report: LossReport): string {
  const reference = (name: string, value: string): string => {
    if (service.environment.some((variable) => variable.name === name && variable.value === value)) return `$(${name})`;
    report.add(
      service.name,
      "command",
      `\${${name}}`,
      "a secret in it can be read in the manifest",
      "use one value for it",
    );
    return escape(value);
  };
  return replaceMarks(word, reference, escape);
}

/** The kubelet takes `$(NAME)` for a reference and `$$` for a dollar sign. */
function escape(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll("$", "$$$$") : text;
}
