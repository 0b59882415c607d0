import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "./lib/component";
import { authoritiesName } from "./lib/authorities";
import type { Values } from "./lib/platform";
import { labels } from "./lib/labels";
import type { Names } from "@nexus/contract";
import { restrictedNamespaceLabels } from "./lib/pod-security";
import { boundsAnnotation, type QuotaChange } from "./quota";

/** The name in the state since the first release; another name would replace every object below it. */
const TYPE = "nexus:environment:Environment";

export interface PlatformNamespaceArgs {
  /** Name of the namespace. A change replaces everything in it. */
  readonly namespace: string;
  /** Names of the objects. */
  readonly names: Names;
  /** Settings that services read, by the name of their environment variable. */
  readonly settings: Values;
  /** Certificates of authorities in PEM by the name of their file. */
  readonly authorities: Values;
  /** Limits of the namespace, and whether they change before or after the pods do; undefined for none. */
  readonly quota: QuotaChange | undefined;
}

/**
 * The namespace with the Pod Security level `restricted`, the shared settings, and the limits of what it may use.
 *
 * @example new PlatformNamespace("environment", { namespace, names, settings, authorities: {}, quota })
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  /** Name of the namespace, known when it exists, so resources that use it wait for it. */
  public readonly namespace: pulumi.Output<string>;
  /** The settings as pods read them; pods wait for it. */
  public readonly configMap: k8s.core.v1.ConfigMap;
  /** Settings, certificates, and a quota that grows in this update; pods wait for them. */
  public readonly objects: readonly pulumi.Resource[];

  private release: (pods: pulumi.Resource[]) => void = () => undefined;

  public constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    this.namespace = this.createNamespace(name, args).metadata.name;
    this.configMap = this.createConfigMap(name, args);
    const quota = args.quota && this.createQuota(name, args.names, args.quota);
    const first = quota && args.quota.order === "before the pods" ? [quota] : [];
    this.objects = [this.configMap, ...this.createAuthorities(name, args), ...first];
    this.registerOutputs({ namespace: this.namespace });
  }

  /** Sets the resources that run pods, for a quota that waits for them. Call it when all of them are constructed. */
  public podsAre(pods: pulumi.Resource[]): void {
    this.release(pods);
  }

  private createNamespace(name: string, { namespace, names }: PlatformNamespaceArgs): k8s.core.v1.Namespace {
    const metadata = {
      name: namespace,
      labels: { ...labels(names.platform, "namespace"), ...restrictedNamespaceLabels },
    };
    // Everything in the namespace is deleted before a new one is created. A node port cannot be used in two namespaces
    // at once, and after a return to the old name the new objects would mix with old ones that are still being deleted.
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

  private createQuota(name: string, names: Names, { bounds, order }: QuotaChange): pulumi.Resource {
    const metadata = { name: names.platform, namespace: this.namespace, labels: labels(names.platform, "quota") };
    const isEmpty = Object.keys(bounds).length === 0;
    // For a quota without limits the provider would wait forever for its status.
    const annotations = { ...boundsAnnotation(bounds), ...(isEmpty ? { "pulumi.com/skipAwait": "true" } : {}) };
    if (!isEmpty) new k8s.core.v1.LimitRange(`${name}-limits`, { metadata, spec: limitRangeSpec }, { parent: this });
    const pods = new Promise<pulumi.Resource[]>((resolve) => (this.release = resolve));
    const dependsOn = order === "after the pods" ? pods : [];
    const args = { metadata: { ...metadata, annotations }, spec: { hard: { ...bounds } } };
    return new k8s.core.v1.ResourceQuota(`${name}-quota`, args, { parent: this, dependsOn });
  }
}

/** Default limits for a container without its own; without them the quota would refuse the container. */
const limitRangeSpec = {
  limits: [
    {
      type: "Container",
      default: { cpu: "500m", memory: "256Mi" },
      defaultRequest: { cpu: "50m", memory: "64Mi" },
    },
  ],
};
