import * as fs from "node:fs";
import * as path from "node:path";
import { COMPOSE_NAMESPACE, isDomainName, isOwnNamespace, OWN_NAMESPACE_TEXT } from "@nexus/contract";
import {
  type Conversion,
  convert,
  fileName,
  type ImageBuild,
  type Loss,
  manifestText,
  redacted,
  secretValues,
} from "@nexus/compose";
import { makeOutFolder, requireEmptyOutFolder } from "../out-folder";
import { table } from "../table";

export interface ConvertCommand {
  readonly files: readonly string[];
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
  readonly namespace: string;
  readonly podSecurity: string;
  readonly networkPolicies?: boolean;
  /** `service=image` */
  readonly image: readonly string[];
  readonly imagePullSecret?: string;
  readonly root?: string;
  readonly out?: string;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Nobody can push to this registry, so no node pulls somebody else's image from it. */
const PLACEHOLDER = { repository: "registry.invalid", tag: "latest", inlineDockerfiles: true };

const terminal: Streams = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/**
 * `npm run compose -- convert`: the objects go to standard output or to files, the losses to standard error, so that a
 * pipe gets YAML only.
 * @param here folder that relative paths start from; npm changes the current one
 */
export function convertCompose(command: ConvertCommand, streams = terminal, here = process.env.INIT_CWD ?? "."): void {
  const { podSecurity, namespace, imagePullSecret } = command;
  if (podSecurity !== "baseline" && podSecurity !== "restricted")
    throw new Error(`--pod-security "${podSecurity}" is not known. Fix: use baseline or restricted.`);
  if (!isOwnNamespace(namespace))
    throw new Error(
      `--namespace "${namespace}" is not ${OWN_NAMESPACE_TEXT}. Fix: use one such as ${COMPOSE_NAMESPACE}.`,
    );
  if (imagePullSecret !== undefined && !isDomainName(imagePullSecret))
    throw new Error(
      `--image-pull-secret "${imagePullSecret}" is not a name of a Secret. Fix: use one such as regcred.`,
    );
  const at = (file: string) => path.resolve(here, file);
  if (command.out !== undefined) requireEmptyOutFolder(at(command.out));
  const result = convert({
    files: command.files.map(at),
    profiles: command.profile,
    namespace,
    podSecurity,
    networkPolicies: command.networkPolicies,
    imagePullSecret,
    envFiles: command.envFile.length > 0 ? command.envFile.map(at) : undefined,
    root: command.root === undefined ? undefined : at(command.root),
    images: Object.fromEntries(command.image.map(imageOf)),
    builds: PLACEHOLDER,
  });
  if (command.out === undefined)
    streams.out(
      documents(result)
        .map(([, text]) => `---\n${text}`)
        .join(""),
    );
  else writeAll(at(command.out), result, streams);
  streams.err(lossReport(result));
}

/** The command with the arguments of the command line. */
export function convertFiles(files: readonly string[], options: Omit<ConvertCommand, "files">): void {
  convertCompose({ ...options, files });
}

function imageOf(text: string): [string, string] {
  const [service = "", ...rest] = text.split("=");
  if (service === "" || rest.join("") === "")
    throw new Error(`--image "${text}" names no image. Fix: write --image <service>=<image>.`);
  return [service, rest.join("=")];
}

function documents({ objects }: Conversion): [string, string][] {
  const known = secretValues(objects);
  return objects.map((object) => [fileName(object), manifestText(redacted(object, known))]);
}

/** One file per object (E22). Objects of several namespaces get one folder per namespace. */
function writeAll(folder: string, result: Conversion, { out }: Streams): void {
  const spaces = new Set(result.objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  documents(result).forEach(([file, text], index) => {
    const space = result.objects[index]?.metadata.namespace;
    const target = path.join(folder, spaces.size > 1 && space !== undefined ? space : "", file);
    makeOutFolder(path.dirname(target));
    fs.writeFileSync(target, text);
  });
  out(`${result.objects.length} objects of project ${result.project} are in ${folder}; secret values are redacted\n`);
}

function notBuilt({ service, image, context }: ImageBuild): Loss {
  const advice = `deploy it with nexus:compose, which builds and pushes it, or give --image ${service}=<image>`;
  return {
    service,
    key: "build",
    value: path.basename(context),
    effect: `not built by this command; ${image} stands for it`,
    advice,
  };
}

function lossReport({ losses: found, builds, inactive, variables }: Conversion): string {
  const losses = [...builds.map(notBuilt), ...found];
  const secrets = variables.filter(({ kind }) => kind === "Secret").length;
  const lines = [`${variables.length} variable${variables.length === 1 ? "" : "s"}, ${secrets} of them in Secrets.`];
  if (inactive.length > 0) lines.push(`Left out, as no active profile asks for them: ${inactive.join(", ")}.`);
  if (losses.length === 0) return `\n${[...lines, "Nothing is lost."].join("\n")}\n`;
  const rows = losses.map(({ service, key, value, effect, advice }) => [service, key, value, effect, advice]);
  const losing = `${losses.length} thing${losses.length === 1 ? " differs" : "s differ"} from compose:`;
  return `\n${[...lines, losing, "", table([["SERVICE", "KEY", "VALUE", "WHAT HAPPENS", "WHAT TO DO"], ...rows])].join("\n")}\n`;
}
