import { isTelling } from "../command-words";
import type { LossReport } from "../losses";
import { occurrences } from "../script-words";
import { replaceMarks } from "../source/tree";
import type { Healthcheck, Service } from "./types";

/** Reports commands with a value that another service keeps secret: nothing tells that it is one there as well. */
export function reportSharedSecrets(services: readonly Service[], report: LossReport): void {
  const secret = services.flatMap(({ environment }) => environment.filter((one) => one.secret && isTelling(one.value)));
  const known = [...new Set(secret.map(({ value }) => value))];
  for (const { name, ...service } of services) {
    const own = new Set(service.environment.filter((one) => one.secret).map(({ value }) => value));
    const others = known.filter((value) => !own.has(value));
    const check = (key: string, words: readonly string[]) => {
      const texts = words.map((word) => replaceMarks(word, () => ""));
      if (texts.every((text) => occurrences(text, others).length === 0)) return;
      const effect = "a secret of another service in it can be read in the manifest";
      report.add(name, key, "", effect, "set it in the `environment` of this service as well");
    };
    check("entrypoint", service.entrypoint ?? []);
    check("command", service.command ?? []);
    check(
      "healthcheck.test",
      service.healthcheck && service.spec.health_check_path === undefined ? wordsOf(service.healthcheck.test) : [],
    );
    for (const { run } of service.postStart) check("post_start.command", wordsOf(run));
    for (const { run } of service.preStop) check("pre_stop.command", wordsOf(run));
  }
}

function wordsOf(run: Healthcheck["test"]): readonly string[] {
  return "command" in run ? run.command : [run.shell];
}
