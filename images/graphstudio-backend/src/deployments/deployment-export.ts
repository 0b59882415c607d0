import { allRows, type ErrorCode, type Principal, ServiceError } from "@nexus/service";
import { clusterDocument } from "../cluster-document";
import { projectDocument, projectSummary } from "../projects/project-document";
import type { ProjectService } from "../projects/project-service";
import { settingDocument } from "../settings/setting-document";
import type { SettingService } from "../settings/setting-service";
import type { ClusterStore } from "../store/cluster-store";
import type { Project } from "../store/project-store";
import { toDeployment, toRevision } from "./deployment-document";
import type { DeploymentService } from "./deployment-service";

export interface DeploymentExportOptions {
  readonly clusters: ClusterStore;
  readonly settings: SettingService;
  readonly projects: ProjectService;
  readonly deployments: DeploymentService;
}

/** What a tenant has of clusters, settings, projects and deployments, as its owners see it: without secrets. */
export class DeploymentExport {
  constructor(private readonly options: DeploymentExportOptions) {}

  /** One object for each line, named by `kind`; what is deleted meanwhile is left out. @param owner of the exported tenant */
  async *lines(owner: Principal): AsyncGenerator<object> {
    const { clusters, settings, projects, deployments } = this.options;
    for (const cluster of await clusters.list(owner.tenantId)) yield { kind: "cluster", ...clusterDocument(cluster) };
    for await (const setting of allRows((page) => settings.list(owner, page)))
      yield { kind: "setting", ...settingDocument(setting) };
    for (const project of await projects.list(owner))
      for (const { version } of await projects.versions(owner, project.id).catch(insteadOf("project_not_found", [])))
        yield* this.version(owner, project, version);
    for await (const one of allRows((page) => deployments.list(owner, page))) {
      yield { kind: "deployment", ...toDeployment(one) };
      for (const revision of await deployments.revisions(owner, one.id).catch(insteadOf("deployment_not_found", [])))
        yield { kind: "revision", deployment_id: one.id, ...toRevision(revision) };
    }
  }

  /** One that nobody can decrypt any more ends no export. */
  private async *version(owner: Principal, project: Project, version: number): AsyncGenerator<object> {
    const document = await this.options.projects
      .find(owner, project.id, version)
      .then(projectDocument)
      .catch(insteadOf("contents_unreadable", { ...projectSummary({ ...project, version }), unreadable: true }))
      .catch(insteadOf("project_not_found", undefined));
    if (document) yield { kind: "project", ...document };
  }
}

/** Handles one error of a service, and no other. */
const insteadOf =
  <Value>(code: ErrorCode, value: Value) =>
  (error: unknown): Value => {
    if (error instanceof ServiceError && error.code === code) return value;
    throw error;
  };
