import { randomUUID } from "node:crypto";
import { may, type Role } from "@nexus/contract";

import { type Logger, type Principal, ServiceError } from "@nexus/service";
import type { SealedBox } from "../deployments/sealed-box";
import type { KnownSettings, SettingService } from "../settings/setting-service";
import {
  addProject,
  changeProject,
  type NewVersion,
  type Project,
  type ProjectStore,
  type ProjectVersion,
  removeProject,
} from "../store/project-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { Converted } from "./conversion";
import type { Converter } from "./converter";
import { MissingPart, type ProjectContent, written, type WrittenContent } from "./project-content";

export interface ProjectServiceOptions {
  readonly projects: ProjectStore;
  readonly access: TenantAccess;
  readonly box: SealedBox;
  readonly converter: Converter;
  readonly settings: SettingService;
  readonly log: Logger;
}

export interface OpenProject extends Project {
  readonly content: ProjectContent;
  /** Whether the caller may see the texts of the files. */
  readonly shown: boolean;
}

/** A tenant with more has a script that makes them. */
const MOST_PROJECTS = 200;

/** Compose projects of the tenant that the caller works in. */
export class ProjectService {
  constructor(private readonly options: ProjectServiceOptions) {}

  async list(caller: Principal): Promise<Project[]> {
    await this.options.access.require(caller, "deployments.read");
    return await this.options.projects.list(caller.tenantId);
  }

  /** @param version the latest one without it */
  async find(caller: Principal, id: string, version?: number): Promise<OpenProject> {
    const role = await this.options.access.require(caller, "deployments.read");
    const project = await this.open(caller.tenantId, id, version);
    return { ...project, shown: maySee(caller, role) };
  }

  async versions(caller: Principal, id: string): Promise<ProjectVersion[]> {
    await this.options.access.require(caller, "deployments.read");
    const versions = await this.options.projects.versions(caller.tenantId, id);
    if (versions.length === 0) throw new ServiceError("project_not_found");
    return versions;
  }

  /** Adds a project that can be converted. */
  async add(caller: Principal, name: string, content: WrittenContent): Promise<OpenProject> {
    const { access, log } = this.options;
    const { tenantId, userId } = caller;
    await access.require(caller, "deployments.write");
    const { version, ...rest } = await this.version(
      caller,
      randomUUID(),
      name,
      complete(() => written(content)),
    );
    const project = await access.change(caller, "deployments.write", (tx) =>
      addProject(tx, name, version, MOST_PROJECTS),
    );
    log.info({ userId, tenantId, projectId: project.id }, "project made");
    return { ...project, ...rest, shown: true };
  }

  /** @param expected the version that the change was made from */
  async change(
    caller: Principal,
    id: string,
    { name, content, expected }: { name: string; content: WrittenContent; expected: number },
  ): Promise<OpenProject> {
    const { access } = this.options;
    await access.require(caller, "deployments.write");
    const before = await this.open(caller.tenantId, id);
    const changed = complete(() => written(content, before.content));
    const { version, ...rest } = await this.version(caller, id, name, changed);
    const project = await access.change(caller, "deployments.write", (tx) =>
      changeProject(tx, name, version, expected),
    );
    return { ...project, ...rest, shown: true };
  }

  async remove(caller: Principal, id: string): Promise<void> {
    await this.options.access.change(caller, "deployments.write", async (tx) => {
      if (!(await removeProject(tx, caller.tenantId, id))) throw new ServiceError("project_not_found");
    });
  }

  /** A project as it is stored. */
  async open(tenantId: string, id: string, version?: number): Promise<Project & { content: ProjectContent }> {
    const { projects, box } = this.options;
    const project = await projects.find(tenantId, id);
    if (!project) throw new ServiceError("project_not_found");
    const sealed = await projects.sealed(tenantId, id, version ?? project.version);
    if (!sealed) throw new ServiceError("project_not_found", { detail: `The project has no version ${version}` });
    // Versions of earlier releases have no targets.
    const { targets = [], ...rest } = box.open<Omit<ProjectContent, "targets"> & Partial<ProjectContent>>(
      sealed,
      sealed,
    );
    return { ...project, version: version ?? project.version, content: { ...rest, targets } };
  }

  /** What the project becomes; nothing is kept. @param given in place of the tenant's settings */
  async convert(tenantId: string, name: string, content: ProjectContent, given?: KnownSettings): Promise<Converted> {
    const settings = given ?? (await this.options.settings.known(tenantId));
    return await this.options.converter.convert(tenantId, { name, content, settings, imagePullSecret: undefined });
  }

  private async version(
    { tenantId, userId }: Principal,
    projectId: string,
    name: string,
    content: ProjectContent,
  ): Promise<{ version: NewVersion; content: ProjectContent }> {
    await this.convert(tenantId, name, content);
    const id = randomUUID();
    const sealed = this.options.box.seal({ tenantId, id }, content);
    return { version: { id, tenantId, projectId, sealed, madeBy: userId }, content };
  }
}

const maySee = ({ scopes }: Principal, role: Role): boolean =>
  may(role, "deployments.write") && scopes?.includes("deployments.write") !== false;

/** Says which part of a project is missing. */
export function complete<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MissingPart)) throw error;
    throw new ServiceError("project_unusable", { detail: `${error.message}, and none is kept from before` });
  }
}
