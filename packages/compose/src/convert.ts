import * as fs from "node:fs";
import * as path from "node:path";
import { ownValue } from "@nexus/host";
import type { ConvertOptions, VariableKind } from "./convert-options";
import type { DeploymentSpec } from "./deployment-spec";
import type { GateImages } from "./kubernetes/gates";
import { manifestProblems, manifests } from "./kubernetes";
import type { KubernetesObject } from "./kubernetes/objects";
import { type Loss, LossReport } from "./losses";
import { readModel } from "./model";
import {
  COMPOSE_NAMESPACE,
  isDomainName,
  isOwnNamespace,
  OWN_NAMESPACE_TEXT,
  pinned,
  thirdPartyImages,
} from "@nexus/contract";
import { knownSecrets } from "./model/known-secrets";
import type { ImageBuild } from "./model/types";
import { type FileSource, filesBelow, textFiles } from "./source/files";
import type { SecretTest } from "./source/interpolate";
import { loadProject } from "./source/load";
import { holdsAny, Secrets } from "./secret-test";
import { ComposeError, type ComposeProblem, fail, type Place, startOf } from "./source/problem";
import type { ValueSource } from "./value-order";

export interface VariableReport {
  readonly service: string;
  readonly name: string;
  readonly kind: VariableKind;
  readonly source: ValueSource;
  /** Undefined for a secret. */
  readonly value?: string;
}

export interface Conversion {
  readonly project: string;
  readonly objects: readonly KubernetesObject[];
  /** Names of the services that run. */
  readonly services: readonly string[];
  readonly losses: readonly Loss[];
  /** Where each variable is stored and where its value comes from. */
  readonly variables: readonly VariableReport[];
  /** Services that belong to no active profile. */
  readonly inactive: readonly string[];
  /** Images that must be built and pushed before the objects can run. */
  readonly builds: readonly ImageBuild[];
}

const GATE_IMAGES: GateImages = {
  wait: pinned(thirdPartyImages.busybox),
  kubectl: pinned(thirdPartyImages.kubectl),
};

/**
 * Converts compose files to Kubernetes objects, as plain data.
 * @throws ComposeError with all problems
 */
export function convert(options: ConvertOptions): Conversion {
  const secrets = new Secrets(options);
  return secrets.hiding(() => converted(options, secrets));
}

function converted(options: ConvertOptions, secrets: Secrets): Conversion {
  const [first] = options.files;
  const directory = path.resolve(options.directory ?? (typeof first === "string" ? path.dirname(first) : "."));
  const files = options.files.map((file) => (typeof file === "string" ? path.resolve(file) : file));
  const { texts } = options;
  requireTexts(texts ?? {});
  const source = texts ? textFiles(directory, texts) : sourceOf(path.resolve(options.root ?? directory), directory);
  const environment = options.environment ?? (texts ? {} : process.env);
  const manual = options.manual ?? {};
  const secretVariables = options.secretVariables ?? {};
  const everywhere = { ...options.variables, ...secretVariables };
  const podSecurity = options.podSecurity ?? "baseline";
  const networkPolicies = options.networkPolicies ?? true;
  const read = (known: readonly string[]) => {
    const report = new LossReport([...secrets.telling, ...known]);
    const isSecretOrKnown: SecretTest = (name, value) => secrets.has(name, value) || holdsAny(value, known);
    const loaded = loadProject({
      files,
      directory,
      source,
      envFiles: options.envFiles?.map((file) => path.resolve(file)),
      project: options.project,
      environment: { ...environment, ...everywhere },
      serviceEnvironment: manual,
      isSecret: isSecretOrKnown,
      onSecret: (name) => secrets.derive(name),
      guarded: texts !== undefined,
    });
    const model = readModel(
      loaded,
      {
        directory,
        files: source,
        profiles: options.profiles ?? [],
        podSecurity,
        networkPolicies,
        builds: options.builds,
        manual,
        everywhere,
        isSecret: isSecretOrKnown,
        knownSecrets: [...new Set([...secrets.telling, ...known])],
        guarded: texts !== undefined,
        composeFiles: files.filter((file) => typeof file === "string"),
        specs: withImages(options.services ?? {}, options.images ?? {}),
        given: { settings: options.suggestions, discovery: options.discovered },
      },
      report,
    );
    return { ...model, report };
  };
  const once = read([]);
  // The value of a secret may also be in a variable of another name, in a command or in a file of any other service.
  const known = knownSecrets(once.project);
  const { project, inactive, problems, report } = known.length > 0 && once.problems.length === 0 ? read(known) : once;
  const place = startOf(path.basename(directory));
  const tooMany = texts ? serviceProblems(project.services.length, place) : [];
  const all = [...problems, ...tooMany, ...optionProblems(options, place), ...manifestProblems(project)];
  if (all.length > 0) throw new ComposeError(all);
  for (const name of Object.keys(everywhere))
    if (!secrets.used.has(name))
      report.add("-", name, "", "no compose file has this variable", "correct its name, or remove it");
  const objects = manifests(project, {
    namespace: options.namespace ?? COMPOSE_NAMESPACE,
    podSecurity,
    networkPolicies,
    imagePullSecret: options.imagePullSecret,
    report,
    gateImages: { ...GATE_IMAGES, ...options.gateImages },
  });
  const variables = project.services.flatMap(({ name: service, environment: own }) =>
    own.map(({ name, secret, source: from, value }) => ({
      service,
      name,
      kind: kindOf(secret),
      source: from,
      ...(secret ? {} : { value }),
    })),
  );
  const builds = project.services.flatMap(({ build }) => build ?? []);
  const services = project.services.map(({ name }) => name);
  return { project: project.name, objects, services, losses: report.losses, variables, inactive, builds };
}

/** Texts come from people who may be hostile; a project of files is its owner's. */
function requireTexts(texts: Readonly<Record<string, string>>): void {
  const bytes = Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_TEXT_BYTES)
    fail(startOf("project"), "", `its files have ${bytes} bytes; the maximum is ${MAX_TEXT_BYTES}`, "leave some out");
}
/** Maximum size of all texts of a project. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;
/** Maximum number of services of a project that comes as texts. */
const MAX_SERVICES = 500;

function serviceProblems(count: number, place: Place): ComposeProblem[] {
  const text = `there are ${count} services; the maximum is ${MAX_SERVICES}`;
  return count > MAX_SERVICES ? [{ place, key: "services", text, fix: "make several projects of them" }] : [];
}

function optionProblems({ namespace, imagePullSecret }: ConvertOptions, place: Place): ComposeProblem[] {
  const problem = (key: string, text: string): ComposeProblem => ({ place, key, text, fix: "use another name" });
  return [
    ...(namespace === undefined || isOwnNamespace(namespace)
      ? []
      : [problem("namespace", `"${namespace}" is not ${OWN_NAMESPACE_TEXT}`)]),
    ...(imagePullSecret === undefined || isDomainName(imagePullSecret)
      ? []
      : [problem("imagePullSecret", `"${imagePullSecret}" is not ${SECRET_NAME_TEXT}`)]),
  ];
}
const SECRET_NAME_TEXT = "the name of a Secret: lower-case letters, digits, dashes and dots";

function kindOf(secret: boolean): VariableReport["kind"] {
  return secret ? "Secret" : "ConfigMap";
}

function sourceOf(root: string, directory: string): FileSource {
  for (const one of [root, directory])
    if (!fs.existsSync(one))
      fail(startOf(one), "", "there is no such directory", "correct the path of the compose file");
  return filesBelow(root);
}

function withImages(
  specs: Readonly<Record<string, DeploymentSpec>>,
  images: Readonly<Record<string, string>>,
): Record<string, DeploymentSpec> {
  const names = [...new Set([...Object.keys(specs), ...Object.keys(images)])];
  return Object.fromEntries(
    names.map((name) => [name, { ...imageOf(ownValue(images, name)), ...ownValue(specs, name) }]),
  );
}

function imageOf(image: string | undefined): DeploymentSpec {
  return image ? { image } : {};
}
