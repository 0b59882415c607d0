import type { CommandSecrets, Lose } from "./command-secrets";
import { replaceMarks } from "../source/tree";
import type { Reader } from "./reader";
import type { Healthcheck } from "./types";

/**
 * The defaults are those of the specification.
 * @param lose called if a secret stays in the command
 */
export function readHealthcheck(service: Reader, secrets: CommandSecrets, lose: Lose): Healthcheck | undefined {
  const check = service.child("healthcheck");
  const test = check.command("test");
  if (test === undefined || check.flag("disable") === true) return undefined;
  const timing = {
    intervalSeconds: check.duration("interval") ?? 30,
    timeoutSeconds: check.duration("timeout") ?? 30,
    retries: check.whole("retries") ?? 3,
    startSeconds: check.duration("start_period") ?? 0,
    startIntervalSeconds: check.duration("start_interval") ?? 5,
  };
  if (typeof test === "string") return { test: { shell: secrets.shell(test, lose) }, ...timing };
  const [kind, ...words] = test;
  if (kind === "NONE") return undefined;
  if (kind === "CMD" && words.length === 0) check.problem("test", "runs nothing", "name a program after CMD");
  if (kind === "CMD") return { test: { command: secrets.exec(words, lose) }, ...timing };
  if (kind === "CMD-SHELL") return { test: { shell: secrets.shell(words.join(" "), lose) }, ...timing };
  const shown = replaceMarks(kind ?? "", (name) => `\${${name}}`);
  check.problem("test", `begins with "${shown}"`, "begin the list with CMD, CMD-SHELL or NONE");
  return undefined;
}
