import * as path from "node:path";
import {
  ComposeError,
  convert,
  isSecretVariable,
  type KubernetesObject,
  type Loss,
  type ValueSource,
  type VariableKind,
} from "@nexus/compose";
import { thirdPartyImages } from "@nexus/contract";
import type { KnownSettings } from "../settings/setting-service";
import type { ProjectContent, ProjectVariable } from "./project-content";

/** What a project becomes in one namespace. */
export interface ConversionRequest {
  readonly name: string;
  readonly content: ProjectContent;
  /** Those of the tenant: values for variables that the project gives none. */
  readonly settings: KnownSettings;
  /** Secret of the cluster that images are pulled with. */
  readonly imagePullSecret: string | undefined;
}

export interface ConvertedVariable {
  readonly service: string;
  readonly name: string;
  readonly source: ValueSource;
  readonly kind: "ConfigMap" | "Secret";
  /** Why it is a Secret or a ConfigMap. */
  readonly why: "marked" | "name" | "value" | "plain";
  /** Null for a secret. */
  readonly value: string | null;
}

export interface Converted {
  readonly objects: readonly KubernetesObject[];
  readonly services: readonly string[];
  readonly losses: readonly Loss[];
  readonly variables: readonly ConvertedVariable[];
  readonly inactive: readonly string[];
}

export type ConversionResult = Converted | { readonly problems: readonly string[] };

/** Objects of a project take more room than its files; what is larger is refused by the stores of clusters anyway. */
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;
/** Never there: the files of a project are texts. */
const DIRECTORY = "/project";

/** Converts a project without anything of this machine. */
export function convertProject({ name, content, settings, imagePullSecret }: ConversionRequest): ConversionResult {
  const { files, composeFiles, envFiles, profiles, services, namespace, variables } = content;
  const stored = Object.entries(settings).map(([key, { value, secret }]) => ({ name: key, value, secret }));
  const everywhere = (source: ProjectVariable["source"]) =>
    valuesOf(variables.filter((one) => one.service === undefined && one.source === source));
  try {
    const converted = convert({
      directory: DIRECTORY,
      files: composeFiles.map((file) => path.resolve(DIRECTORY, file)),
      envFiles: envFiles.map((file) => path.resolve(DIRECTORY, file)),
      texts: Object.fromEntries(files.map((file) => [file.name, file.text])),
      project: projectName(name),
      profiles,
      services,
      namespace,
      imagePullSecret,
      // By its tag: a cluster whose registry stands in for others, such as the local platform's, has other digests.
      gateImages: { wait: thirdPartyImages.busybox.name },
      manual: byService(variables),
      variables: everywhere("manual"),
      // Compose files that name a variable get the setting too.
      environment: valuesOf(stored),
      suggestions: { ...everywhere("settings"), ...valuesOf(stored) },
      discovered: everywhere("discovery"),
      kinds: kindsOf([...stored, ...variables]),
    });
    const { objects, services: names, losses, inactive } = converted;
    const bytes = Buffer.byteLength(JSON.stringify(objects));
    if (bytes > MAX_OBJECT_BYTES)
      return { problems: [`The project becomes ${bytes} bytes of objects; the maximum is ${MAX_OBJECT_BYTES}.`] };
    const known = new Set([...stored, ...variables].map((one) => one.name));
    return {
      objects,
      services: names,
      losses,
      inactive,
      variables: converted.variables.map(({ value, ...variable }) => ({
        ...variable,
        value: value ?? null,
        why: whyOf(variable.name, variable.kind === "Secret", known.has(variable.name)),
      })),
    };
  } catch (error) {
    if (error instanceof ComposeError) return { problems: error.problems };
    throw error;
  }
}

const valuesOf = (variables: readonly Pick<ProjectVariable, "name" | "value">[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]));

/** One secret variable of a name makes all of that name secret: which of their values is used depends on the place. */
function kindsOf(variables: readonly Pick<ProjectVariable, "name" | "secret">[]): Record<string, VariableKind> {
  const secret = new Set(variables.filter((one) => one.secret).map(({ name }) => name));
  return Object.fromEntries(variables.map(({ name }) => [name, secret.has(name) ? "Secret" : "ConfigMap"]));
}

function byService(variables: readonly ProjectVariable[]): Record<string, Record<string, string>> {
  const services = new Set(variables.flatMap(({ service }) => service ?? []));
  return Object.fromEntries(
    [...services].map((service) => [service, valuesOf(variables.filter((one) => one.service === service))]),
  );
}

function whyOf(name: string, isSecret: boolean, isGiven: boolean): ConvertedVariable["why"] {
  if (isGiven) return "marked";
  if (!isSecret) return "plain";
  return isSecretVariable(name, "x") ? "name" : "value";
}

/** Compose's names of projects have only these letters. */
export function projectName(name: string): string {
  const kept = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return kept.replace(/^-|-$/g, "") || "project";
}
