import { PassThrough, type Readable } from "node:stream";
import {
  ApiClusterReader,
  type BindOptions,
  DiscoveryError,
  type Discovery,
  type Finding,
  mayBeBound,
  scan,
  typedEndpoints,
} from "@nexus/discovery";
import { type Logger, type Principal, ServiceError, toServiceError } from "@nexus/service";
import type { AttemptLimits } from "../accounts/attempt-limits";
import { type Cluster, type ClusterStore, keepScan, type SealedCluster } from "../store/cluster-store";
import type { ClusterConnector } from "./connector";
import type { SettingService } from "../settings/setting-service";
import type { TenantAccess } from "../tenants/tenant-access";
import { MAX_PAGE_BYTES, scanApi } from "./scan-api";
import { mapVariables, type VariableToMap } from "./variable-map";

export interface ScanServiceOptions {
  readonly clusters: ClusterStore;
  readonly access: TenantAccess;
  readonly settings: SettingService;
  readonly connector: ClusterConnector;
  readonly limits: AttemptLimits;
  readonly log: Logger;
}

/** What happens during a scan, as it happens. The last one has the cluster, or says why there is no result. */
export type ScanEvent =
  | { readonly kind: "progress"; readonly text: string }
  | ({ readonly kind: "finding" } & FoundService)
  | { readonly kind: "end"; readonly cluster: Cluster; readonly notes: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly detail: string };

/** A Service of a cluster that may be a database. */
export interface FoundService {
  readonly namespace: string;
  readonly type: Finding["candidate"]["kind"];
  readonly service: string;
  readonly serviceType: Finding["candidate"]["type"];
  readonly endpoints: readonly string[];
  readonly verdict: Finding["verdict"];
  readonly reason: string;
}

/** The same, with the cluster that it is in. */
export interface InfraService extends FoundService {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly scannedAt: Date;
}

const SCAN_MS = 60_000;
const HANDSHAKE_MS = 3000;
/** Scans of one pod at once, one of each tenant; each holds the objects of some namespaces. */
const MAX_SCANS = 8;
const BUSY_SECONDS = 10;
/** Findings that are kept; a document with more could not be listed any more. */
const MAX_FINDINGS = 100;

/** Looks for databases in the clusters of tenants. */
export class ScanService {
  private readonly scanning = new Set<string>();

  constructor(private readonly options: ScanServiceOptions) {}

  /**
   * Scans namespaces of a cluster and keeps what it finds. Returns when the cluster has answered; the stream then has the
   * rest. A caller who leaves ends the scan, and nothing is kept.
   * @param namespaces empty for the one of the kubeconfig
   */
  async scan(caller: Principal, id: string, namespaces: readonly string[]): Promise<Readable> {
    const { clusters, connector, limits, access } = this.options;
    const { tenantId } = caller;
    await access.require(caller, "clusters.manage");
    await limits.connection(tenantId);
    const sealed = await clusters.sealed(tenantId, id);
    if (!sealed) throw new ServiceError("cluster_not_found");
    const credential = connector.open(sealed, sealed);
    if (!credential) throw new ServiceError("cluster_unauthorized", { detail: "Remove the cluster and add it again." });
    const asked = await this.scanned(tenantId, sealed, namespaces, credential.namespace);
    if (this.scanning.has(tenantId) || this.scanning.size >= MAX_SCANS)
      throw new ServiceError("scans_busy", { retryAfterSeconds: BUSY_SECONDS });
    const events = new PassThrough({ objectMode: true });
    const left = new AbortController();
    events.on("close", () => left.abort());
    const signal = AbortSignal.any([left.signal, AbortSignal.timeout(SCAN_MS)]);
    const emit = (event: ScanEvent) => void (events.destroyed || events.write(event));
    return await new Promise<Readable>((resolve, reject) => {
      this.scanning.add(tenantId);
      const work = connector.with(
        credential,
        async (transport) => {
          const reader = new ApiClusterReader(scanApi(transport, credential, signal));
          await reader.facts();
          resolve(events);
          const options = {
            namespaces: asked,
            handshakeTimeoutMs: HANDSHAKE_MS,
            onProgress: (text: string) => emit({ kind: "progress", text }),
            onFinding: (finding: Finding) => emit({ kind: "finding", ...foundService(finding) }),
          };
          const found = await scan(reader, options, signal);
          if (left.signal.aborted) return;
          emit({ kind: "end", cluster: await this.keep(caller, id, options.namespaces, found), notes: found.notes });
        },
        MAX_PAGE_BYTES,
      );
      work
        .catch((error: unknown) => {
          const told = this.told(error, caller, id);
          emit({ kind: "failed", code: told.code, detail: told.message });
          // Without effect if the stream has begun.
          reject(told);
        })
        .finally(() => {
          this.scanning.delete(tenantId);
          events.end();
        });
    });
  }

  /** What scans found in all clusters of the tenant, as of the last scan of each. */
  async infra(caller: Principal): Promise<InfraService[]> {
    const { clusters, access } = this.options;
    await access.require(caller, "clusters.read");
    return (await clusters.list(caller.tenantId)).flatMap(({ id: clusterId, name: clusterName, scan: last }) =>
      (last?.findings ?? []).map((finding) => ({
        clusterId,
        clusterName,
        scannedAt: new Date(last?.at ?? 0),
        ...foundService(finding),
      })),
    );
  }

  /** Only those whose addresses may become values of variables. */
  async available(caller: Principal): Promise<InfraService[]> {
    return (await this.infra(caller)).filter((service) => mayBeBound(service, false));
  }

  /** The values that a project's variables would have in a cluster, from its last scan. */
  async map(caller: Principal, id: string, variables: readonly VariableToMap[], options: BindOptions) {
    const { clusters, access } = this.options;
    await access.require(caller, "clusters.read");
    await access.require(caller, "deployments.read");
    const cluster = await clusters.find(caller.tenantId, id);
    if (!cluster) throw new ServiceError("cluster_not_found");
    if (!cluster.scan) throw new ServiceError("cluster_not_scanned");
    return mapVariables(variables, await this.options.settings.known(caller.tenantId), cluster.scan.findings, options);
  }

  /** In this cluster only the tenant's own namespace is looked at: the others are the platform's and of other tenants. */
  private async scanned(
    tenantId: string,
    { id, own }: SealedCluster,
    namespaces: readonly string[],
    usual: string,
  ): Promise<readonly string[]> {
    if (!own) return namespaces.length > 0 ? namespaces : [usual];
    const { namespace = "" } = (await this.options.clusters.find(tenantId, id)) ?? {};
    if (namespace === "")
      throw new ServiceError("cluster_namespace_not_found", {
        detail: "The tenant has no namespace in this cluster yet; it gets one with its first deployment",
      });
    const other = namespaces.find((one) => one !== namespace);
    if (other !== undefined)
      throw new ServiceError("cluster_namespace_not_found", {
        detail: `There is no namespace ${other} for this tenant; leave it out, or give ${namespace}`,
      });
    return [namespace];
  }

  private async keep(
    caller: Principal,
    id: string,
    namespaces: readonly string[],
    { cluster, findings, notes }: Discovery,
  ): Promise<Cluster> {
    const health = {
      status: "connected",
      reason: null,
      version: cluster.version,
      nodeCount: cluster.node_count,
    } as const;
    const kept = { at: new Date().toISOString(), namespaces, findings: findings.slice(0, MAX_FINDINGS), notes };
    const { tenantId } = caller;
    return await this.options.access.change(caller, "clusters.manage", (tx) =>
      keepScan(tx, { tenantId, id }, health, kept),
    );
  }

  private told(error: unknown, { tenantId }: Principal, clusterId: string): ServiceError {
    if (error instanceof DiscoveryError) {
      const code = SCAN_ERRORS[error.failure];
      if (code) return new ServiceError(code, { detail: error.message });
    }
    const told = toServiceError(error);
    if (told.code === "internal") this.options.log.error({ error, tenantId, clusterId }, "a scan failed");
    return told;
  }
}

const SCAN_ERRORS: Readonly<
  Partial<
    Record<DiscoveryError["failure"], "cluster_unavailable" | "cluster_unauthorized" | "cluster_namespace_not_found">
  >
> = {
  unreachable: "cluster_unavailable",
  unauthorized: "cluster_unauthorized",
  namespace: "cluster_namespace_not_found",
};

function foundService({ candidate, verdict, reason }: Finding): FoundService {
  const { kind: type, namespace, service, type: serviceType } = candidate;
  return { namespace, type, service, serviceType, endpoints: typedEndpoints(candidate), verdict, reason };
}
