import * as path from "node:path";
import { ownValue } from "@nexus/host";
import { type DeploymentSpec, volumeSpecSchema } from "../deployment-spec";
import type { ValueLayers } from "../value-order";
import { reportExposedSecrets } from "../exposed";
import { type LossReport, reportLostKeys } from "../losses";
import { distinctLabels, dnsName } from "../names";
import type { FileSource } from "../source/files";
import { type ComposeProblem, fail, gather } from "../source/problem";
import type { SecretTest } from "../source/interpolate";
import type { LoadedProject } from "../source/load";
import { toPlain } from "../source/tree";
import { readDependencies } from "./dependencies";
import { reportIsolation } from "./isolation";
import { withDistinctFiles } from "./file-names";
import { linkAliases, withLinks } from "./links";
import { isSecretEntry, NOT_WRITTEN, pairsOf } from "./metadata";
import { checkHostPorts } from "./ports";
import { type Reader, readerOf } from "./reader";
import { checkReferences } from "./references";
import type { PodSecurity } from "./security";
import { readService, type ServiceContext } from "./service";
import type { BuildTarget, Project, Volume } from "./types";

export interface ModelOptions {
  readonly directory: string;
  readonly files: FileSource;
  readonly composeFiles: readonly string[];
  readonly profiles: readonly string[];
  readonly specs: Readonly<Record<string, DeploymentSpec>>;
  readonly given: Omit<ValueLayers, "manual" | "default">;
  /** Values that somebody entered, by service (E8). */
  readonly manual: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Variables that the user entered, for every service. */
  readonly everywhere: Readonly<Record<string, string>>;
  readonly isSecret: SecretTest;
  /** Values that some service keeps secret, in whatever place. */
  readonly knownSecrets: readonly string[];
  /** Whether a secret variable may only be where nobody can read it. */
  readonly guarded: boolean;
  readonly podSecurity: PodSecurity;
  readonly networkPolicies: boolean;
  readonly builds: BuildTarget | undefined;
}

export interface Model {
  readonly project: Project;
  /** Services that belong to no active profile. */
  readonly inactive: readonly string[];
  /** The problems; if there are any, the project is not complete. */
  readonly problems: readonly ComposeProblem[];
}

/**
 * Makes the neutral model of a loaded project.
 * @throws ComposeError if nothing could be checked
 */
export function readModel(
  { document, environment, unset, name: given }: LoadedProject,
  options: ModelOptions,
  report: LossReport,
): Model {
  const problems: ComposeProblem[] = [];
  const root = readerOf(document, problems);
  const all = root.named("services");
  if (all.length === 0) fail(document.place, "services", "there is no service", "add one");
  const named = environment.COMPOSE_PROFILES?.split(",").map((one) => one.trim()) ?? [];
  const asked = options.profiles.length > 0 ? options.profiles : named;
  const isActive = ([, service]: readonly [string, Reader]) => {
    const profiles = service.texts("profiles");
    return profiles.length === 0 || asked.includes("*") || profiles.some((one) => asked.includes(one));
  };
  const active = all.filter(isActive);
  checkNames(options.specs, all, problems);
  checkProfiles(options.profiles, all, problems);
  const made = new Map(active.filter(([, service]) => !service.has("provider")));
  const declared = new Set(all.map(([name]) => name));
  const networks = root.named("networks");
  checkReferences(made.values(), declared, new Set(networks.map(([name]) => name)));
  const dependencies = readDependencies(new Map(active), declared, problems);
  const awaited = new Set(
    [...dependencies.values()]
      .flat()
      .filter(({ condition }) => condition === "service_completed_successfully")
      .map(({ service }) => service),
  );
  checkHostPorts(active, report);
  const unsetByKey = new Map<string, Set<string>>();
  for (const { key, name } of unset) {
    const names = unsetByKey.get(key) ?? new Set();
    unsetByKey.set(key, names.add(name));
  }
  const services = [...made].flatMap(([name, service]) => {
    const manual = ownValue(options.manual, name);
    const lookup = (variable: string) => ownValue(manual, variable) ?? ownValue(environment, variable);
    const context: ServiceContext = {
      directory: options.directory,
      files: options.files,
      composeFiles: options.composeFiles,
      document: root,
      podSecurity: options.podSecurity,
      spec: ownValue(options.specs, name) ?? {},
      report,
      lookup,
      everywhere: options.everywhere,
      isSecret: options.isSecret,
      knownSecrets: options.knownSecrets,
      guarded: options.guarded,
      builds: options.builds,
      unset: (key) => [...(unsetByKey.get(`services.${name}.${key}`) ?? [])],
      given: { ...options.given, manual },
      dependencies: (dependencies.get(name) ?? []).filter(({ service: other }) => made.has(other)),
      awaitedToEnd: awaited.has(name),
    };
    return gather(problems, () => readService(name, service, context)) ?? [];
  });
  const volumes = readVolumes(root.named("volumes"), options.isSecret, report);
  const names = new Set(active.map(([name]) => name));
  const built = new Set(services.flatMap(({ name, build }) => (build ? [name] : [])));
  reportLostKeys(document, names, built, report);
  reportExposedSecrets(document, names, report);
  if (!options.networkPolicies) reportIsolation([...made], report);
  for (const { name, key, service } of unset)
    if (service === undefined || names.has(service))
      report.add(
        service ?? "-",
        key.replace(/^services\.[^.]+\./, ""),
        `\${${name}}`,
        "it is not set and empty",
        `set ${name}`,
      );
  const aliases = linkAliases(made);
  const linked = withDistinctFiles(withLinks(services, made, aliases, report));
  const fallback = path.basename(options.directory);
  const name = dnsName(given ?? fallback) || "compose";
  return {
    project: {
      name,
      services: linked,
      volumes,
      internalNetworks: new Set(networks.flatMap(([key, one]) => (one.flag("internal") ? [key] : []))),
    },
    inactive: all.filter((entry) => !isActive(entry)).map(([service]) => service),
    problems,
  };
}

type Services = readonly (readonly [string, Reader])[];

function checkNames(specs: ModelOptions["specs"], services: Services, problems: ComposeProblem[]): void {
  const known = services.map(([name]) => name);
  const place = services[0]?.[1].place;
  for (const name of Object.keys(specs))
    if (place && !known.includes(name)) {
      const fix = `use one of ${known.join(", ")}`;
      problems.push({ place, key: `services.${name}`, text: "is configured and not in the file", fix });
    }
}

function checkProfiles(profiles: readonly string[], services: Services, problems: ComposeProblem[]): void {
  const known = [...new Set(services.flatMap(([, service]) => service.texts("profiles")))].sort();
  const place = services[0]?.[1].place;
  const fix = known.length > 0 ? `use one of ${known.join(", ")}` : "leave it out: no service has a profile";
  for (const profile of profiles)
    if (place && profile !== "*" && !known.includes(profile))
      problems.push({ place, key: "services.*.profiles", text: `no service has the profile "${profile}"`, fix });
}

/** Names of volumes that pods use for other purposes. */
const TAKEN_LABEL = /^$|^(scratch|image|files)-\d|^gate-token$/;

function readVolumes(all: Services, isSecret: SecretTest, report: LossReport): Map<string, Volume> {
  const labels = distinctLabels(
    all.map(([name]) => name),
    dnsName,
    (label) => TAKEN_LABEL.test(label),
  );
  const claims = distinctLabels(all.map(([name, volume]) => claimName(name, volume)));
  const read = all.map(([name, volume]) => readVolume(name, volume, isSecret, report));
  return new Map(
    read.map((volume) => [
      volume.name,
      { ...volume, label: labels.get(volume.name) ?? volume.name, claim: claims.get(volume.claim) ?? volume.claim },
    ]),
  );
}

/** Compose's name of the volume. */
function claimName(name: string, volume: Reader): string {
  return volume.child("external").text("name") ?? volume.text("name") ?? name;
}

function isExternal(entry: Reader): boolean {
  return entry.flag("external") === true || entry.child("external").has("name");
}

function readVolume(name: string, volume: Reader, isSecret: SecretTest, report: LossReport): Volume {
  const given = volume.at("x-nexus");
  const [hidden, shown] = [true, false].map((secret) =>
    volume.entries("labels").filter(([key, node]) => isSecretEntry(key, node, isSecret) === secret),
  );
  if (isExternal(volume)) {
    const claim = dnsName(claimName(name, volume));
    report.add("-", `volumes.${name}`, claim, "the claim is not made", "create it before");
  }
  for (const [key] of hidden ?? []) report.add("-", `volumes.${name}.labels`, key, ...NOT_WRITTEN);
  return {
    name,
    label: name,
    external: isExternal(volume),
    claim: claimName(name, volume),
    spec: given ? volumeSpecSchema.parse(toPlain(given)) : {},
    annotations: pairsOf(shown ?? []),
  };
}
