import * as path from "node:path";
import { type DeploymentSpec, volumeSpecSchema } from "../deployment-spec";
import type { LossReport } from "../losses";
import { reportLostKeys } from "../losses";
import { dnsName } from "../names";
import type { FileSource } from "../source/files";
import { type ComposeProblem, ComposeError, fail } from "../source/problem";
import type { LoadedProject } from "../source/load";
import { toPlain } from "../source/tree";
import type { GivenValues } from "../values";
import { readDependencies } from "./dependencies";
import { pairsOf } from "./metadata";
import { checkHostPorts } from "./ports";
import { type Reader, readerOf } from "./reader";
import type { PodSecurity } from "./security";
import { readService, type ServiceContext } from "./service";
import type { Mount, Project, Service, Volume } from "./types";

export interface ModelOptions {
  /** Name of the project; without it the file's `name`, else that of the directory. */
  readonly name?: string;
  readonly directory: string;
  readonly files: FileSource;
  readonly composeFiles: readonly string[];
  readonly profiles: readonly string[];
  readonly specs: Readonly<Record<string, DeploymentSpec>>;
  readonly given: Omit<GivenValues, "manual">;
  /** Values that somebody entered, by service (E8). */
  readonly manual: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly podSecurity: PodSecurity;
}

export interface Model {
  readonly project: Project;
  /** Services that no active profile asks for. */
  readonly inactive: readonly string[];
}

/** Makes the neutral model of a loaded project. @throws ComposeError with all problems */
export function readModel(
  { document, environment, unset }: LoadedProject,
  options: ModelOptions,
  report: LossReport,
): Model {
  const problems: ComposeProblem[] = [];
  const root = readerOf(document, problems);
  const all = root.named("services");
  if (all.length === 0) fail(document.place, "services", "there is no service", "add one");
  const isActive = ([, service]: readonly [string, Reader]) => {
    const profiles = service.texts("profiles");
    return (
      profiles.length === 0 || profiles.some((one) => options.profiles.includes(one)) || options.profiles.includes("*")
    );
  };
  const active = all.filter(isActive);
  checkNames(options.specs, all);
  const made = active.filter(([, service]) => !service.has("provider"));
  const dependencies = readDependencies(new Map(active), new Set(all.map(([name]) => name)), problems);
  const awaited = [...dependencies.values()]
    .flat()
    .filter(({ condition }) => condition === "service_completed_successfully");
  checkHostPorts(active);
  const services = made.map(([name, service]) => {
    const lookup = (variable: string) => options.manual[name]?.[variable] ?? environment[variable];
    const context: ServiceContext = {
      ...{ directory: options.directory, files: options.files, composeFiles: options.composeFiles, document: root },
      ...{ podSecurity: options.podSecurity, spec: options.specs[name] ?? {}, report, lookup },
      given: { ...options.given, manual: options.manual[name] ?? {} },
      dependencies: (dependencies.get(name) ?? []).filter(({ service: other }) => made.some(([one]) => one === other)),
      awaitedToEnd: awaited.some(({ service: other }) => other === name),
    };
    return readService(name, service, context);
  });
  const volumes = new Map(root.named("volumes").map(([name, volume]) => [name, readVolume(name, volume)]));
  if (problems.length > 0) throw new ComposeError(problems);
  const names = new Set(active.map(([name]) => name));
  reportLostKeys(document, names, report);
  reportIsolation(made, report);
  for (const { name, key, service } of unset)
    if (service === undefined || names.has(service))
      report.add(
        service ?? "-",
        key.replace(/^services\.[^.]+\./, ""),
        `\${${name}}`,
        "it is not set and empty",
        `set ${name}`,
      );
  const linked = services.map((service) => withLinks(service, services, new Map(made), report));
  const fallback = path.basename(options.directory);
  const name = dnsName(options.name ?? root.text("name") ?? fallback) || "compose";
  return {
    project: { name, services: linked, volumes },
    inactive: all.filter((entry) => !isActive(entry)).map(([service]) => service),
  };
}

function checkNames(specs: ModelOptions["specs"], services: readonly (readonly [string, Reader])[]): void {
  const known = services.map(([name]) => name);
  const first = services[0]?.[1].place;
  for (const name of Object.keys(specs))
    if (first && !known.includes(name))
      fail(first, `services.${name}`, "is configured and not in the file", `use one of ${known.join(", ")}`);
}

function readVolume(name: string, volume: Reader): Volume {
  const external = volume.flag("external") === true || volume.child("external").has("name");
  const given = volume.at("x-nexus");
  return {
    name,
    external,
    claim: dnsName(volume.child("external").text("name") ?? volume.text("name") ?? name),
    spec: given ? volumeSpecSchema.parse(toPlain(given)) : {},
    annotations: pairsOf(volume.entries("labels")),
  };
}

/** Networks keep services apart in compose, and pods of one namespace are together. */
function reportIsolation(services: readonly (readonly [string, Reader])[], report: LossReport): void {
  const networks = services.map(([name, service]): [string, string[]] => {
    const own = service.named("networks").map(([network]) => network);
    return [name, own.length > 0 ? own : ["default"]];
  });
  for (const [name, own] of networks) {
    const apart = networks.filter(([, others]) => !others.some((network) => own.includes(network)));
    const text = apart.map(([other]) => other).join(", ");
    if (apart.length > 0)
      report.add(name, "networks", own, `pods of ${text} reach it as well`, "write a NetworkPolicy");
  }
}

/** `links` give another service one more name, `volumes_from` takes its mounts. */
function withLinks(
  service: Service,
  all: readonly Service[],
  readers: ReadonlyMap<string, Reader>,
  report: LossReport,
): Service {
  const aliases = [...readers].flatMap(([, reader]) =>
    reader.texts("links").flatMap((link) => {
      const [target, alias] = link.split(":");
      return target === service.name && alias !== undefined && alias !== target ? [alias] : [];
    }),
  );
  const borrowed = (readers.get(service.name)?.texts("volumes_from") ?? []).flatMap((text): Mount[] => {
    const [name = "", mode] = text.split(":");
    const other = all.find((one) => one.name === name);
    if (other)
      return other.mounts
        .filter(({ target }) => !service.mounts.some((own) => own.target === target))
        .map((mount) => (mode === "ro" ? { ...mount, readOnly: true } : mount));
    report.add(service.name, "volumes_from", text, "volumes of other containers are not mounted", "use a named volume");
    return [];
  });
  return {
    ...service,
    aliases: [...new Set([...service.aliases, ...aliases])],
    mounts: [...service.mounts, ...borrowed],
  };
}
