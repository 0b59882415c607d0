import type { Project } from "../store/project-store";
import { isEnvFile, type ProjectVariable } from "./project-content";
import type { OpenProject } from "./project-service";

export const projectSummary = ({ id, name, version, createdAt }: Project) => ({
  project_id: id,
  name,
  version,
  created_at: createdAt,
});

/** A project as it is answered; env files and secrets are shown to nobody. */
export function projectDocument({ content, shown, ...project }: OpenProject) {
  const { composeFiles, envFiles, files, variables, targets, ...rest } = content;
  return {
    ...projectSummary(project),
    ...rest,
    profiles: [...content.profiles],
    services: { ...content.services },
    compose_files: [...composeFiles],
    env_files: [...envFiles],
    files: files.map(({ name, text }) => ({ name, text: shown && !isEnvFile(name, content) ? text : null })),
    variables: variables.map(toVariable),
    targets: targets.map(({ clusterId, namespace, variables: own }) => ({
      cluster_id: clusterId,
      namespace: namespace ?? null,
      variables: own.map(toVariable),
    })),
  };
}

const toVariable = ({ service, value, ...one }: ProjectVariable) => ({
  ...one,
  service: service ?? null,
  value: one.secret ? null : value,
});
