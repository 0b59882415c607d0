import type { ApiClient } from "./client";
import type { CatalogueEntry, Project, ProjectContent, ProjectSummary, ProjectVariable } from "./deployment-types";

const PROJECTS = "/api/kubernetes/projects";
const pathOf = (id: string) => `${PROJECTS}/${encodeURIComponent(id)}`;

/** What is null is left out, so that it stays as it was. */
const written = ({ files, variables, targets, ...content }: ProjectContent) => ({
  ...content,
  files: files.map(({ name, text }) => ({ name, text: text ?? undefined })),
  variables: variables.map(writtenVariable),
  targets: targets.map(({ namespace, variables: own, ...target }) => ({
    ...target,
    namespace: namespace ?? undefined,
    variables: own.map(writtenVariable),
  })),
});

const writtenVariable = ({ service, value, ...variable }: ProjectVariable) => ({
  ...variable,
  service: service ?? undefined,
  value: value ?? undefined,
});

/** The calls about compose projects of the tenant of the session. */
export class Projects {
  constructor(private readonly client: ApiClient) {}

  async list(signal?: AbortSignal): Promise<readonly ProjectSummary[]> {
    return await this.client.list(PROJECTS, signal);
  }

  async catalogue(signal?: AbortSignal): Promise<readonly CatalogueEntry[]> {
    return await this.client.list("/api/kubernetes/project-catalogue", signal);
  }

  find(id: string): Promise<Project> {
    return this.client.request("GET", pathOf(id));
  }

  add(content: ProjectContent): Promise<Project> {
    return this.client.request("POST", PROJECTS, { body: written(content) });
  }

  /** @param version that the change was made from */
  change(id: string, version: number, content: ProjectContent): Promise<Project> {
    return this.client.request("PUT", pathOf(id), { body: { ...written(content), version } });
  }

  async remove(id: string): Promise<void> {
    await this.client.request("DELETE", pathOf(id));
  }
}
