import { type ClusterObject, type ObjectDiff } from "@nexus/clusters";
import { manifestText } from "@nexus/compose";
import { type Converted, projectName } from "../projects/conversion";
import { isEnvFile, type ProjectContent, type ProjectVariable } from "../projects/project-content";
import { compared } from "./revision-objects";

/** What brings a deployment under Pulumi: its entry of `nexus:compose`, and everything that belongs to it. */
export interface StackEntry {
  readonly name: string;
  /** YAML for the file of a stack. */
  readonly entry: string;
  /** Paths in a clone, with texts; null for env files, which are never shown. */
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
  /** Commands that ask for the values of secret variables. */
  readonly commands: readonly string[];
  /** Objects that the entry makes otherwise than they are deployed. */
  readonly differences: readonly string[];
}

interface EntryVariables {
  readonly variables: Readonly<Record<string, string>>;
  readonly discovered: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** The values that somebody gave, as `nexus:compose` and `nexus:composeSecrets` take them: for all services alike. */
export function entryVariables(
  given: readonly ProjectVariable[],
  converted: Pick<Converted, "variables">["variables"],
): EntryVariables {
  const shared = given.filter(({ service }) => service === undefined);
  const ofOne = new Set(given.flatMap(({ service, name }) => (service === undefined ? [] : `${service} ${name}`)));
  const used = converted.filter(
    ({ source, service, name }) => source !== "default" && !ofOne.has(`${service} ${name}`),
  );
  // Compose files may name variables that no container has.
  const unused = shared.filter(({ name }) => !converted.some((one) => one.name === name));
  const secrets = new Set([
    ...used.flatMap(({ kind, name }) => (kind === "Secret" ? name : [])),
    ...unused.flatMap(({ secret, name }) => (secret ? name : [])),
  ]);
  const plain = [...used, ...unused].filter(({ name }) => !secrets.has(name));
  const from = (isFound: boolean) =>
    Object.fromEntries(
      plain.filter(({ source }) => (source === "discovery") === isFound).map(({ name, value }) => [name, value ?? ""]),
    );
  return { variables: from(false), discovered: from(true), secrets: [...secrets].sort() };
}

/** The same content as Pulumi's program reads it from the entry. */
export function entryContent(
  content: ProjectContent,
  { variables, discovered, secrets }: EntryVariables,
  valueOf: (secret: string) => string | undefined,
): ProjectContent {
  const all = (values: Readonly<Record<string, string>>, source: ProjectVariable["source"], secret: boolean) =>
    Object.entries(values).map(([name, value]) => ({ name, value, source, secret }));
  const known = Object.fromEntries(secrets.flatMap((name) => [[name, valueOf(name) ?? ""]]));
  return {
    ...content,
    variables: [
      ...all(variables, "manual", false),
      ...all(discovered, "discovery", false),
      ...all(known, "manual", true),
    ],
  };
}

export function stackEntry(
  project: { readonly name: string; readonly namespace: string; readonly content: ProjectContent },
  { variables, discovered, secrets }: EntryVariables,
  deployed: readonly ClusterObject[],
  made: readonly ClusterObject[],
): StackEntry {
  const { content, namespace } = project;
  const name = projectName(project.name).slice(0, MOST_LETTERS);
  const inClone = (file: string) => `${FOLDER}/${name}/${file}`;
  const entry = {
    files: content.composeFiles.map(inClone),
    ...filled("profiles", content.profiles),
    ...filled("envFiles", content.envFiles.map(inClone)),
    namespace,
    ...filled("services", content.services),
    ...filled("variables", variables),
    ...filled("discovered", discovered),
  };
  return {
    name,
    entry: manifestText({ config: { "nexus:compose": { [name]: entry } } }),
    files: content.files.map((file) => ({
      path: inClone(file.name),
      text: isEnvFile(file.name, content) ? null : file.text,
    })),
    commands: secrets.map((secret) => `pulumi config set --secret --path 'nexus:composeSecrets.${name}.${secret}'`),
    differences: compared(deployed, made).map(difference),
  };
}

/** Folder of compose projects in a clone. */
const FOLDER = "compose";
/** Of the name of a project in the configuration. */
const MOST_LETTERS = 63;

const filled = <Value extends object>(key: string, value: Value): Readonly<Record<string, Value>> =>
  Object.keys(value).length === 0 ? {} : { [key]: value };

const difference = ({ id, change, fields }: ObjectDiff): string => {
  const words = {
    create: "is only in the entry",
    delete: "is only in the deployment",
    update: "differs",
    unchanged: "",
  };
  const where = fields.map(({ path }) => path).join(", ");
  return `${id.kind} ${id.name} ${words[change]}${where === "" ? "" : `: ${where}`}`;
};
