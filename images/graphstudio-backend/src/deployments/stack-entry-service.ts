import type { ClusterObject } from "@nexus/clusters";
import { type Principal, ServiceError } from "@nexus/service";
import { ofTarget, withTarget } from "../projects/project-content";
import type { ProjectService } from "../projects/project-service";
import type { SettingService } from "../settings/setting-service";
import type { ClusterStore } from "../store/cluster-store";
import type { DeploymentStore } from "../store/deployment-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { SealedBox } from "./sealed-box";
import { entryContent, entryVariables, type StackEntry, stackEntry } from "./stack-entry";

export interface StackEntryServiceOptions {
  readonly deployments: DeploymentStore;
  readonly clusters: ClusterStore;
  readonly projects: ProjectService;
  readonly settings: SettingService;
  readonly access: TenantAccess;
  readonly box: SealedBox;
}

/** Exports deployments as entries of `nexus:compose`. */
export class StackEntryService {
  constructor(private readonly options: StackEntryServiceOptions) {}

  /** The latest revision as an entry, which was converted again to tell where it makes something else. */
  async export(caller: Principal, deploymentId: string): Promise<StackEntry> {
    const { deployments, clusters, projects, settings, access, box } = this.options;
    const { tenantId } = caller;
    await access.require(caller, "deployments.write");
    const deployment = await deployments.find(tenantId, deploymentId);
    if (!deployment) throw new ServiceError("deployment_not_found");
    const { projectId, clusterId, namespace, latest } = deployment;
    if (projectId === null) throw new ServiceError("project_not_found");
    const { name, content } = await projects.open(tenantId, projectId, latest.projectVersion ?? undefined);
    const sealed = await deployments.sealed(tenantId, deploymentId, latest.revision);
    if (!sealed) throw new ServiceError("revision_not_found");
    const deployed = box.open<ClusterObject[]>(sealed, sealed);
    // In the platform's own cluster requests name no namespace.
    const isOwn = (await clusters.find(tenantId, clusterId))?.own ?? false;
    const given = withTarget(content.variables, ofTarget(content, isOwn ? { clusterId } : { clusterId, namespace }));
    const project = { ...content, namespace, variables: given };
    const stored = await settings.known(tenantId);
    const converted = await projects.convert(tenantId, name, project);
    const variables = entryVariables(given, converted.variables);
    const valueOf = (secret: string) =>
      given.find((one) => one.name === secret)?.value ??
      Object.entries(stored).find(([key]) => key === secret)?.[1].value;
    const made = await projects.convert(tenantId, name, entryContent(project, variables, valueOf), {});
    return stackEntry({ name, namespace, content }, variables, deployed, made.objects as readonly ClusterObject[]);
  }
}
