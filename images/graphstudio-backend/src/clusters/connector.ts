import {
  type AddressRules,
  ApiTransport,
  type ClusterCredential,
  type ClusterHealth,
  checkCluster,
  ClusterError,
  contextsOf,
  open,
  readKubeconfig,
  type ReadOptions,
  requireServer,
  seal,
  type Sealed,
  type SealingKey,
  sealingKeys,
} from "@nexus/clusters";
import { type Logger, ServiceError } from "@nexus/service";
import { isIP, type LookupFunction } from "node:net";
import type { BackendEnv } from "../env";
import { isOwn, type OwnCluster } from "./own-cluster";

export interface ConnectorOptions {
  /** Secrets of the stack; the first one encrypts. */
  readonly secrets: readonly string[];
  readonly rules: AddressRules;
  /** The cluster that the platform runs in, where tenants may use it. */
  readonly own: OwnCluster | undefined;
  /** @default looks up names, and refuses forbidden addresses */
  readonly lookup: LookupFunction | undefined;
  readonly log: Logger;
}

/** Where the configuration lets API servers be. */
export const addressRules = (env: BackendEnv): AddressRules => ({
  ports: env.CLUSTER_PORTS.map(Number),
  privateNetworks: env.CLUSTER_PRIVATE_NETWORKS ?? [],
  ownNetworks: [
    ...(env.CLUSTER_OWN_NETWORKS ?? []),
    ...(env.CLUSTER_OWN_SERVERS ?? []),
    ...ownServer(env.KUBERNETES_SERVICE_HOST),
  ],
});

/** A kubeconfig never leads to this cluster's API server, whatever else of its network is allowed. */
function ownServer(host = ""): string[] {
  const version = isIP(host);
  return version === 0 ? [] : [`${host}/${version === 4 ? 32 : 128}`];
}

/** Where a sealed kubeconfig belongs; it cannot be opened for another row. */
export interface ClusterRow {
  readonly tenantId: string;
  readonly id: string;
}

type SealedCluster = Sealed & { readonly own: boolean };

export type Contexts = ReturnType<typeof contextsOf>;

/** What kubeconfigs are encrypted for. */
export const CLUSTER_PURPOSE = "kubeconfig";
const TIMEOUT_MS = 5000;
const CHECK_MS = 8000;
/** A list of 500 large objects. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Reads and seals kubeconfigs, and connects with them. */
export class ClusterConnector {
  private readonly keys: readonly SealingKey[];

  constructor(private readonly options: ConnectorOptions) {
    this.keys = sealingKeys(options.secrets);
  }

  /** @throws ServiceError if the text is no kubeconfig */
  contexts(source: string): Contexts {
    return refusing(() => contextsOf(source));
  }

  /** @throws ServiceError if the kubeconfig cannot be used or asks for what is not allowed */
  read(source: string, options: ReadOptions): ClusterCredential {
    return refusing(() => {
      const credential = readKubeconfig(source, options);
      requireServer(credential.server, this.options.rules);
      return credential;
    });
  }

  seal(row: ClusterRow, credential: ClusterCredential): Sealed {
    return seal(JSON.stringify(credential), this.keys, CLUSTER_PURPOSE, [row.tenantId, row.id]);
  }

  /** Undefined if its key is gone, if it was changed or belongs to another row, or if the tenant may not use it any more. */
  open(row: ClusterRow, sealed: SealedCluster): ClusterCredential | undefined {
    if (sealed.own) return this.own(row.tenantId);
    try {
      return JSON.parse(open(sealed, this.keys, CLUSTER_PURPOSE, [row.tenantId, row.id])) as ClusterCredential;
    } catch (error) {
      this.options.log.error({ error, tenantId: row.tenantId, clusterId: row.id }, "a kubeconfig cannot be decrypted");
      return undefined;
    }
  }

  /** The credential of the cluster that the platform runs in; undefined if the tenant may not use it, or there is none. */
  own(tenantId: string): ClusterCredential | undefined {
    const { own, log } = this.options;
    if (!own?.serves(tenantId)) return undefined;
    try {
      return own.credential();
    } catch (error) {
      log.error({ error }, "the token for this cluster cannot be read");
      return undefined;
    }
  }

  /** @throws ServiceError if the server has an address that is not allowed */
  async check(credential: ClusterCredential): Promise<ClusterHealth> {
    return await this.with(credential, (transport) => checkCluster(transport, CHECK_MS));
  }

  /** Connects for as long as the caller likes, who closes the connection. */
  connect(credential: ClusterCredential, maxAnswerBytes = MAX_ANSWER_BYTES): ApiTransport {
    const { lookup, own } = this.options;
    const rules = own && isOwn(credential) ? own.rules : this.options.rules;
    const limits = { timeoutMs: TIMEOUT_MS, maxAnswerBytes };
    return new ApiTransport(credential, { rules, ...limits, ...(lookup && { lookup }) });
  }

  /** Connects for one piece of work. */
  async with<T>(
    credential: ClusterCredential,
    work: (transport: ApiTransport) => Promise<T>,
    maxAnswerBytes?: number,
  ): Promise<T> {
    const transport = this.connect(credential, maxAnswerBytes);
    try {
      return await work(transport);
    } catch (error) {
      throw asServiceError(error);
    } finally {
      await transport.close();
    }
  }
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asServiceError(error);
  }
}

function asServiceError(error: unknown): unknown {
  if (!(error instanceof ClusterError)) return error;
  const code = error.fault === "refused" ? "kubeconfig_refused" : "kubeconfig_unusable";
  return new ServiceError(code, { detail: error.message });
}
