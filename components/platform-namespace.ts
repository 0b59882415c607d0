import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "./lib/component";
import { authoritiesName } from "./lib/authorities";
import type { Values } from "./lib/platform";
import { labels } from "./lib/labels";
import type { Names } from "@nexus/contract";
import { restrictedNamespaceLabels } from "./lib/pod-security";

/** The name in the state since the first release; another one would replace everything below. */
const TYPE = "nexus:environment:Environment";

/** What the namespace may take from the cluster. */
export interface Quotas {
  /** CPU that all pods together may request. */
  readonly requestsCpu: string;
  /** Memory that all pods together may request. */
  readonly requestsMemory: string;
  /** CPU limits of all pods together. */
  readonly limitsCpu: string;
  /** Memory limits of all pods together. */
  readonly limitsMemory: string;
  /** Pods at the same time. */
  readonly pods: number;
  /** Volume claims at the same time. */
  readonly volumeClaims: number;
}

export interface PlatformNamespaceArgs {
  /** Name of the namespace. A change replaces everything in it. */
  readonly namespace: string;
  /** Names of the objects. */
  readonly names: Names;
  /** Settings that services read, by the name of their environment variable. */
  readonly settings: Values;
  /** Certificates of authorities in PEM by the name of their file. */
  readonly authorities: Values;
  /** Bounds of the namespace; null for none. */
  readonly quotas: Quotas | null;
}

/**
 * The namespace with the Pod Security level `restricted`, the shared settings, and the bounds of what it may use.
 *
 * @example new PlatformNamespace("environment", { namespace, names, settings, authorities: {}, quotas: null })
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  /** The namespace, known once it exists: whatever uses it waits for it. */
  public readonly namespace: pulumi.Output<string>;
  /** The settings as pods read them; pods wait for it. */
  public readonly configMap: k8s.core.v1.ConfigMap;
  /** Settings and certificates; pods wait for them. */
  public readonly objects: readonly pulumi.Resource[];

  public constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    this.namespace = this.createNamespace(name, args).metadata.name;
    this.configMap = this.createConfigMap(name, args);
    this.objects = [this.configMap, ...this.createAuthorities(name, args)];
    if (args.quotas) this.createQuotas(name, args, args.quotas);
    this.registerOutputs({ namespace: this.namespace });
  }

  private createNamespace(name: string, { namespace, names }: PlatformNamespaceArgs): k8s.core.v1.Namespace {
    const metadata = {
      name: namespace,
      labels: { ...labels(names.platform, "namespace"), ...restrictedNamespaceLabels },
    };
    // Everything in it goes first: a node port cannot be in two namespaces, and who goes back to the old name before all of
    // it is deleted would find the new objects among the old ones.
    return new k8s.core.v1.Namespace(name, { metadata }, { parent: this, deleteBeforeReplace: true });
  }

  private createConfigMap(name: string, { names, settings }: PlatformNamespaceArgs): k8s.core.v1.ConfigMap {
    const metadata = { name: names.settings, namespace: this.namespace, labels: labels(names.platform, "settings") };
    return new k8s.core.v1.ConfigMap(`${name}-settings`, { metadata, data: { ...settings } }, { parent: this });
  }

  private createAuthorities(name: string, { names, authorities }: PlatformNamespaceArgs): pulumi.Resource[] {
    if (Object.keys(authorities).length === 0) return [];
    const metadata = {
      name: authoritiesName(names),
      namespace: this.namespace,
      labels: labels(names.platform, "settings"),
    };
    return [new k8s.core.v1.ConfigMap(`${name}-authorities`, { metadata, data: { ...authorities } }, { parent: this })];
  }

  private createQuotas(name: string, { names }: PlatformNamespaceArgs, quotas: Quotas): void {
    const metadata = { name: names.platform, namespace: this.namespace, labels: labels(names.platform, "quota") };
    new k8s.core.v1.ResourceQuota(`${name}-quota`, { metadata, spec: resourceQuotaSpec(quotas) }, { parent: this });
    new k8s.core.v1.LimitRange(`${name}-limits`, { metadata, spec: limitRangeSpec }, { parent: this });
  }
}

/** Bounds of the whole namespace (A48). */
export function resourceQuotaSpec(quotas: Quotas) {
  return {
    hard: {
      "requests.cpu": quotas.requestsCpu,
      "requests.memory": quotas.requestsMemory,
      "limits.cpu": quotas.limitsCpu,
      "limits.memory": quotas.limitsMemory,
      pods: String(quotas.pods),
      persistentvolumeclaims: String(quotas.volumeClaims),
    },
  };
}

/** What a container gets that says nothing itself; without it the quota would refuse the container. */
const limitRangeSpec = {
  limits: [
    {
      type: "Container",
      default: { cpu: "500m", memory: "256Mi" },
      defaultRequest: { cpu: "50m", memory: "64Mi" },
    },
  ],
};
