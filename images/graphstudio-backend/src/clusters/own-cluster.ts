import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AddressRules, ClusterCredential } from "@nexus/clusters";
import { ALL_TENANTS, OWN_CLUSTER_FOLDER, tenantNamespaces } from "@nexus/contract";
import type { BackendEnv } from "../env";

/** The credential of this cluster: it is read when it is used, because its token changes each hour, and kept nowhere. */
export interface OwnCredential extends ClusterCredential {
  readonly isOwn: true;
}

export const isOwn = (credential: ClusterCredential): credential is OwnCredential => "isOwn" in credential;

export interface OwnClusterOptions {
  /** Ids of tenants, or `all`. */
  readonly tenants: readonly string[];
  /** Has `token` and `ca.crt`. @default where pods have it */
  readonly folder?: string;
  readonly server: string;
  /** Namespaces for tenants, one each. */
  readonly namespaces: readonly string[];
}

/** Kubernetes gives a Service for its API server to each cluster. */
const SERVER = "https://kubernetes.default.svc";

/** Undefined where tenants may not use this cluster. */
export function ownClusterOf(env: BackendEnv): OwnClusterOptions | undefined {
  const { CLUSTER_OWN: isOn, CLUSTER_OWN_TENANTS: tenants, CLUSTER_OWN_NAMESPACES: count, POD_NAMESPACE } = env;
  if (!isOn) return undefined;
  return {
    tenants: tenants ?? [],
    server: SERVER,
    namespaces: tenantNamespaces(POD_NAMESPACE, count),
  };
}

/** The cluster that the platform itself runs in, as tenants may use it. */
export class OwnCluster {
  constructor(private readonly options: OwnClusterOptions) {}

  get namespaces(): readonly string[] {
    return this.options.namespaces;
  }

  /** Only its server is connected to, whose address the operator knows; metadata services and loopback stay forbidden. */
  get rules(): AddressRules {
    const port = Number(new URL(this.options.server).port || 443);
    return { ports: [port], privateNetworks: ["0.0.0.0/0", "::/0"], ownNetworks: [] };
  }

  serves(tenantId: string): boolean {
    return this.options.tenants.some((one) => one === ALL_TENANTS || one === tenantId);
  }

  credential(): OwnCredential {
    const { folder = OWN_CLUSTER_FOLDER, server } = this.options;
    const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
    return {
      isOwn: true,
      context: "this-cluster",
      cluster: "this-cluster",
      user: "nexus",
      server,
      // Each tenant has another one.
      namespace: "",
      authority: read("ca.crt"),
      serverName: undefined,
      insecure: false,
      login: { token: read("token") },
    };
  }
}
