import { join } from "node:path";
import type { App, Logger, PlanBook, Principal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { AttemptLimits } from "../accounts/attempt-limits";
import { ClusterService } from "../clusters/cluster-service";
import type { ClusterConnector } from "../clusters/connector";
import type { OwnCluster } from "../clusters/own-cluster";
import { ScanService } from "../clusters/scan-service";
import { Converter } from "../projects/converter";
import { ProjectService } from "../projects/project-service";
import { every, MINUTE_MS } from "../every";
import { registerClusterScanRoutes } from "../routes/cluster-scans";
import { registerClusterRoutes } from "../routes/clusters";
import { registerDeployRoutes } from "../routes/deploy";
import { registerDeploymentRoutes } from "../routes/deployments";
import { registerProjectRoutes } from "../routes/projects";
import { registerSettingRoutes } from "../routes/settings";
import { SettingService } from "../settings/setting-service";
import type { DeployStores } from "../store/deploy-stores";
import type { TenantStore } from "../store/tenant-store";
import { TenantAccess } from "../tenants/tenant-access";
import { ClusterAccess } from "./cluster-access";
import { DeploymentExport } from "./deployment-export";
import { DeploymentService } from "./deployment-service";
import { LiveService } from "./live-service";
import { OwnNamespaces } from "./own-namespaces";
import { RolloutRunner } from "./rollout-runner";
import { SealedBox } from "./sealed-box";
import { StackEntryService } from "./stack-entry-service";

export interface DeployModuleOptions {
  readonly stores: DeployStores;
  readonly tenants: TenantStore;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  /** Secrets of the stack that sign tokens; the first one encrypts. */
  readonly keys: readonly string[];
  readonly connector: ClusterConnector;
  /** The cluster that the platform runs in, where tenants may use it. */
  readonly own: OwnCluster | undefined;
  readonly limits: AttemptLimits;
  readonly plans: PlanBook;
  /** How many clusters a tenant may have whose plan does not say. */
  readonly mostClusters: number;
  /** The bundled `convert-worker`. @default beside this program */
  readonly converterFile?: string | undefined;
  readonly log: Logger;
}

/** How often revisions are looked for that another pod left. */
const POLL_MS = 2000;

/** Clusters, settings, projects and deployments: everything that the backend needs of them. */
export interface DeployModule {
  /** What an export of a tenant has of it; the caller is its owner. */
  readonly exported: (owner: Principal) => AsyncGenerator<object>;
  readonly close: () => Promise<void>;
}

export function startDeployModule(app: App, options: DeployModuleOptions): DeployModule {
  const { stores, tenants, authenticate, keys, connector, own, limits, plans, mostClusters, log } = options;
  const { converterFile = join(__dirname, "convert-worker.js") } = options;
  const box = new SealedBox(keys);
  const access = new TenantAccess(tenants);
  const settings = new SettingService({ settings: stores.settings, access, box });
  registerSettingRoutes(app, { service: settings, authenticate });
  const clusterService = new ClusterService({
    clusters: stores.clusters,
    ownClusters: stores.ownClusters,
    access,
    connector,
    limits,
    plans,
    most: mostClusters,
    log,
  });
  registerClusterRoutes(app, { service: clusterService, authenticate });
  const scans = new ScanService({ clusters: stores.clusters, access, settings, connector, limits, log });
  registerClusterScanRoutes(app, { service: scans, authenticate });
  const projects = new ProjectService({
    projects: stores.projects,
    access,
    box,
    converter: new Converter(converterFile),
    settings,
    log,
  });
  registerProjectRoutes(app, { service: projects, authenticate });
  const clusters = new ClusterAccess(stores.clusters, connector);
  const { deployments, queue } = stores;
  const runner = new RolloutRunner({ queue, clusters, box, log, pollMs: POLL_MS });
  const service = new DeploymentService({
    deployments,
    stored: stores.clusters,
    ownNamespaces: new OwnNamespaces(own, stores.ownClusters),
    clusters,
    projects,
    access,
    box,
    onRevision: () => runner.wake(),
  });
  registerDeployRoutes(app, { service, authenticate });
  const live = new LiveService({ deployments, clusters, access });
  const entries = new StackEntryService({
    deployments,
    clusters: stores.clusters,
    projects,
    settings,
    access,
    box,
  });
  registerDeploymentRoutes(app, { service, live, entries, authenticate });
  const timer = every(MINUTE_MS, log, "clusters are not checked", () => clusterService.recheck());
  const exported = new DeploymentExport({ clusters: stores.clusters, settings, projects, deployments: service });
  return {
    exported: (owner) => exported.lines(owner),
    close: async () => {
      clearInterval(timer);
      await runner.close();
    },
  };
}
