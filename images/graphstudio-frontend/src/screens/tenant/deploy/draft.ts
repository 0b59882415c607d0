import type {
  Preview,
  Project,
  ProjectContent,
  ProjectFile,
  ProjectTarget,
  ProjectVariable,
  ServiceSpec,
} from "../../../api/deployment-types";
import { ApiError } from "../../../api/problem";

/** What a file of a project is for. */
export const fileRoles = ["compose", "env", "other"] as const;
export type FileRole = (typeof fileRoles)[number];

export interface DraftFile extends ProjectFile {
  /** Stays the same while the file is renamed. */
  readonly id: number;
  readonly role: FileRole;
}

/** A project on its way to a cluster. */
export interface Draft {
  /** As it was stored last; undefined for one that is new. */
  readonly project: Project | undefined;
  readonly name: string;
  readonly namespace: string;
  /** Compose files are merged in this order. */
  readonly files: readonly DraftFile[];
  readonly profiles: readonly string[];
  readonly services: Readonly<Record<string, ServiceSpec>>;
  readonly variables: readonly ProjectVariable[];
  readonly targets: readonly DraftTarget[];
}

/** A place that the project may go to. */
export interface DraftTarget {
  /** Stays the same while it is changed. */
  readonly id: number;
  readonly clusterId: string;
  /** Empty for the project's own. */
  readonly namespace: string;
  /** Over those of the project. */
  readonly variables: readonly ProjectVariable[];
  /** Whether it goes there now. */
  readonly isChosen: boolean;
}

/** What deploying a draft to a target would do. */
export interface Look {
  readonly target: DraftTarget;
  readonly preview: Preview;
  /** The revision that is there, 0 for none. */
  readonly revision: number;
}

const DEFAULT_NAMESPACE = "ushadow";
let count = 0;

const fileOf = (name: string, text: string | null, role: FileRole): DraftFile => ({
  id: (count += 1),
  name,
  text,
  role,
});

/** A new project of one compose file. */
export const newDraft = (name = "", compose = "", namespace = DEFAULT_NAMESPACE): Draft => ({
  project: undefined,
  name,
  namespace,
  files: [fileOf("compose.yaml", compose, "compose")],
  profiles: [],
  services: {},
  variables: [],
  targets: [],
});

export const newTarget = (clusterId: string, namespace = ""): DraftTarget => ({
  id: (count += 1),
  clusterId,
  namespace,
  variables: [],
  isChosen: true,
});

export function draftOf(project: Project): Draft {
  const { name, namespace, files, compose_files: compose, env_files: env, profiles, services, variables } = project;
  const targets = project.targets.map(({ cluster_id: clusterId, namespace: space, variables: own }) => ({
    ...newTarget(clusterId, space ?? ""),
    variables: own,
  }));
  const textOf = (file: string) => files.find((one) => one.name === file)?.text ?? null;
  const others = files.filter((file) => !compose.includes(file.name) && !env.includes(file.name));
  return {
    project,
    name,
    namespace,
    files: [
      ...compose.map((file) => fileOf(file, textOf(file), "compose")),
      ...env.map((file) => fileOf(file, textOf(file), "env")),
      ...others.map((file) => fileOf(file.name, file.text, "other")),
    ],
    profiles,
    services,
    variables,
    targets,
  };
}

/** The draft as it was stored, with what is chosen for this time. */
export function storedDraft(project: Project, { targets }: Draft): Draft {
  const stored = draftOf(project);
  const known = ({ clusterId, namespace }: DraftTarget) =>
    stored.targets.find((one) => one.clusterId === clusterId && one.namespace === namespace);
  return { ...stored, targets: targets.map((one) => ({ ...one, variables: known(one)?.variables ?? [] })) };
}

/** A place that has nothing of its own need not be stored where it is the only one. */
const isOrdinary = ({ namespace, variables }: DraftTarget) => namespace === "" && variables.length === 0;

export function contentOf({ project: _project, files, targets, ...rest }: Draft): ProjectContent {
  const named = (role: FileRole) => files.filter((file) => file.role === role).map(({ name }) => name);
  return {
    ...rest,
    targets: targets.every(isOrdinary) && targets.length < 2 ? [] : targets.map(toTarget),
    files: files.map(({ name, text }) => ({ name, text })),
    compose_files: named("compose"),
    env_files: named("env"),
  };
}

const toTarget = ({ clusterId, namespace, variables }: DraftTarget): ProjectTarget => ({
  cluster_id: clusterId,
  namespace: namespace === "" ? null : namespace,
  variables,
});

/** Whether there is something to store. */
export function isChanged(draft: Draft): boolean {
  const { project } = draft;
  return project === undefined || JSON.stringify(contentOf(draft)) !== JSON.stringify(contentOf(draftOf(project)));
}

function roleOf(name: string): FileRole {
  const base = name.split("/").at(-1) ?? name;
  if (/^\.env(\.|$)/.test(base)) return "env";
  return /(compose|override).*\.ya?ml$/i.test(base) ? "compose" : "other";
}

/** The files with another one: in place of one of its name, and in place of an only one that is empty. */
export function withFile(files: readonly DraftFile[], name: string, text: string): readonly DraftFile[] {
  const known = files.find((file) => file.name === name);
  if (known) return files.map((file) => (file === known ? { ...file, text } : file));
  const isEmpty = files.length === 1 && files[0]?.text?.trim() === "";
  const kept = isEmpty ? [] : files;
  const isFirst = !kept.some(({ role }) => role === "compose") && /\.ya?ml$/i.test(name);
  const added = [...kept, fileOf(name, text, isFirst ? "compose" : roleOf(name))];
  // Overrides come after what they override.
  const rank = ({ role, name: of }: DraftFile) => (role === "compose" && /override/i.test(of) ? 1 : 0);
  return added.sort((one, other) => rank(one) - rank(other));
}

const isOf = (name: string, service: string | null) => (one: ProjectVariable) =>
  one.name === name && one.service === service;

type Variables = readonly ProjectVariable[];

export const variableOf = (all: Variables, name: string, service: string | null): ProjectVariable | undefined =>
  all.find(isOf(name, service));

/** The variables with another value of one. */
export const withVariable = (all: Variables, variable: ProjectVariable): Variables => [
  ...withoutVariable(all, variable.name, variable.service),
  variable,
];

export const withoutVariable = (all: Variables, name: string, service: string | null): Variables =>
  all.filter((one) => !isOf(name, service)(one));

/** The variables that compose files require and that have no value. */
export function missingVariables(error: unknown): string[] {
  if (!(error instanceof ApiError) || error.code !== "project_unusable") return [];
  const names = error.problem.errors.flatMap(
    ({ message }) => /the required variable ([A-Za-z_]\w*) is (?:not set|empty)/.exec(message)?.[1] ?? [],
  );
  return [...new Set(names)];
}
