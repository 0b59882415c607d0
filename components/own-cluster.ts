import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Names, namespaceRights, rulesOf } from "@nexus/contract";
import { NO_INPUTS } from "./lib/component";
import { labels } from "./lib/labels";
import { dnsRule, PRIVATE_RANGES } from "./networking/policies";

const TYPE = "nexus:clusters:OwnCluster";

export interface OwnClusterArgs {
  /** The platform's own namespace. */
  readonly namespace: pulumi.Input<string>;
  readonly names: Names;
  /** Namespaces for tenants, one each. Whoever takes one away deletes everything in it. */
  readonly namespaces: readonly string[];
}

/**
 * Namespaces of this cluster in which the backend deploys projects of tenants, with the rights that it needs there, and no
 * others: in the platform's own namespace it may do nothing.
 *
 * @example new OwnCluster("own-cluster", { namespace, names, namespaces: ["nexus-apps-1"] })
 */
export class OwnCluster extends pulumi.ComponentResource {
  public constructor(name: string, args: OwnClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    args.namespaces.forEach((namespace, index) => this.createNamespace(`${name}-${index + 1}`, namespace, args));
    this.registerOutputs({});
  }

  private createNamespace(name: string, namespace: string, args: OwnClusterArgs): void {
    const own = { ...labels(args.names.platform, "tenant"), ...podSecurityLabels };
    const made = new k8s.core.v1.Namespace(name, { metadata: { name: namespace, labels: own } }, { parent: this });
    // The guard looks for objects of others under these names before anything is made, so the names are known then.
    const inside = { parent: this, dependsOn: [made] };
    this.grant(name, namespace, args, inside);
    const metadata = { name: namespace, namespace, labels: labels(args.names.platform, "tenant") };
    const policy = { metadata, spec: isolationSpec() };
    new k8s.networking.v1.NetworkPolicy(`${name}-isolation`, policy, inside);
    new k8s.core.v1.ResourceQuota(`${name}-quota`, { metadata, spec: { hard: QUOTA } }, inside);
  }

  /** Gives the backend's account rights in a namespace. */
  private grant(
    name: string,
    namespace: string,
    { names, namespace: home }: OwnClusterArgs,
    opts: pulumi.ComponentResourceOptions,
  ): void {
    const account = names.backend;
    const metadata = { name: namespace, namespace, labels: labels(account, "tenant") };
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules: rulesOf(TENANT_RIGHTS) }, opts);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name };
    const subjects = [{ kind: "ServiceAccount", name: account, namespace: home }];
    new k8s.rbac.v1.RoleBinding(`${name}-binding`, { metadata, roleRef, subjects }, opts);
  }
}

/** An Ingress of a tenant could take the platform's own host name, or one of another tenant. */
const TENANT_RIGHTS = namespaceRights.filter(({ resource }) => resource !== "ingresses");

/** What compose projects are converted to. */
const podSecurityLabels = { "pod-security.kubernetes.io/enforce": "baseline" };

/** What one tenant may use: some projects of usual size. */
const QUOTA = {
  pods: "30",
  "requests.cpu": "4",
  "requests.memory": "8Gi",
  "limits.memory": "16Gi",
  "requests.storage": "50Gi",
  persistentvolumeclaims: "20",
  "services.nodeports": "10",
  "services.loadbalancers": "2",
};

/** Tenants reach each other and the platform as strangers do: over public addresses. */
function isolationSpec() {
  const own = { podSelector: {} };
  const outside = { ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_RANGES } };
  return {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [own, outside] }],
    egress: [{ to: [own, outside] }, dnsRule],
  };
}
