import { type DeploymentSpec, isSecretVariable, type ValueSource } from "@nexus/compose";

/** A file of a project: its path in the project's folder, and its text. */
export interface ProjectFile {
  readonly name: string;
  readonly text: string;
}

/** A variable that somebody gave a value, or that settings or a scan of a cluster gave one. */
export interface ProjectVariable {
  /** Only for this service; without it, for all that have the variable. */
  readonly service?: string | undefined;
  readonly name: string;
  readonly value: string;
  readonly source: Exclude<ValueSource, "default">;
  /** Whether it goes into a Secret. */
  readonly secret: boolean;
}

/** A variable as somebody writes it. What is left out is as before. */
export interface WrittenVariable extends Omit<ProjectVariable, "value" | "secret"> {
  readonly value?: string | undefined;
  readonly secret?: boolean | undefined;
}

/** A place that a project goes to, with what it has otherwise there. */
interface Target<Variable> {
  readonly clusterId: string;
  /** Without it, the project's own. */
  readonly namespace?: string | undefined;
  /** Over those of the project. */
  readonly variables: readonly Variable[];
}
export type ProjectTarget = Target<ProjectVariable>;

/** Everything that a version of a project holds. */
export interface ProjectContent {
  readonly files: readonly ProjectFile[];
  /** Names of the compose files, in the order in which they are merged. */
  readonly composeFiles: readonly string[];
  /** Names of env files for the variables of the compose files. */
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  readonly namespace: string;
  /** Settings of services that compose files do not have, by service. */
  readonly services: Readonly<Record<string, DeploymentSpec>>;
  readonly variables: readonly ProjectVariable[];
  readonly targets: readonly ProjectTarget[];
}

/** Content as somebody writes it: env files and secrets are never shown, so whoever changes another part leaves them out. */
export interface WrittenContent extends Omit<ProjectContent, "files" | "variables" | "targets"> {
  readonly files: readonly { readonly name: string; readonly text?: string | undefined }[];
  readonly variables: readonly WrittenVariable[];
  /** Without them, those from before. */
  readonly targets?: readonly Target<WrittenVariable>[] | undefined;
}

/** A part that was left out, and that the version before does not have either. */
export class MissingPart extends Error {}

/** Whether a file usually holds secrets, and so is not shown to anybody. */
export const isEnvFile = (name: string, { envFiles }: Pick<ProjectContent, "envFiles">): boolean =>
  envFiles.includes(name) || /(^|[/.])env(\.[\w-]+)?$/i.test(name);

const isSame = (one: WrittenVariable, other: WrittenVariable) =>
  one.name === other.name && one.service === other.service;

/** @throws MissingPart */
export function written(content: WrittenContent, before?: ProjectContent): ProjectContent {
  // The text of an env file is kept for an env file only: that of any other file is shown.
  const isKept = (name: string) => before && (!isEnvFile(name, before) || isEnvFile(name, content));
  const textBefore = (name: string) => before?.files.find((file) => file.name === name)?.text;
  const files = content.files.map(({ name, text = isKept(name) ? textBefore(name) : undefined }) => {
    if (text === undefined) throw new MissingPart(`The file ${name} has no text`);
    return { name, text };
  });
  const variables = writtenVariables(content.variables, before?.variables);
  const targets = content.targets?.map((target) => ({
    ...target,
    variables: writtenVariables(target.variables, before && ofTarget(before, target)),
  }));
  return { ...content, files, variables, targets: targets ?? before?.targets ?? [] };
}

/** Variables that a project has in one place alone. */
export function ofTarget(
  { targets, namespace: usual }: ProjectContent,
  { clusterId, namespace = usual }: Pick<ProjectTarget, "clusterId" | "namespace">,
): readonly ProjectVariable[] {
  const isIt = (one: ProjectTarget) => one.clusterId === clusterId && (one.namespace ?? usual) === namespace;
  return targets.find(isIt)?.variables ?? [];
}

/** @throws MissingPart */
export function writtenVariables(
  variables: readonly WrittenVariable[],
  before: readonly ProjectVariable[] = [],
): ProjectVariable[] {
  return variables.map((variable) => {
    const known = before.find((one) => isSame(one, variable));
    const value = variable.value ?? known?.value;
    // Whoever may not read the value could otherwise show it to themselves.
    const isShown = variable.secret === false && known?.secret === true;
    if (value === undefined || (isShown && variable.value === undefined))
      throw new MissingPart(`The variable ${variable.name} has no value`);
    return { ...variable, value, secret: variable.secret ?? known?.secret ?? isSecretVariable(variable.name, value) };
  });
}

/** The same variables with those of one target over them. */
export function withTarget(
  variables: readonly ProjectVariable[],
  target: readonly WrittenVariable[],
): ProjectVariable[] {
  const own = writtenVariables(target, variables);
  return [...variables.filter((variable) => !own.some((one) => isSame(one, variable))), ...own];
}
