import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Names, namespaceRights, type Right, rulesOf } from "@nexus/contract";
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
 * others: in the platform's own namespace it may only list Services, so that a scan finds them.
 *
 * @example new OwnCluster("own-cluster", { namespace, names, namespaces: ["nexus-apps-1"] })
 */
export class OwnCluster extends pulumi.ComponentResource {
  public constructor(name: string, args: OwnClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const scans = { name: `${args.names.platform}-scans`, namespace: args.namespace };
    this.grant(`${name}-platform`, args, scans, SCAN_RIGHTS, { parent: this });
    args.namespaces.forEach((namespace, index) => this.createNamespace(`${name}-${index + 1}`, namespace, args));
    this.registerOutputs({});
  }

  private createNamespace(name: string, namespace: string, args: OwnClusterArgs): void {
    const own = { ...labels(args.names.platform, "tenant"), ...podSecurityLabels };
    const made = new k8s.core.v1.Namespace(name, { metadata: { name: namespace, labels: own } }, { parent: this });
    // The guard looks for objects of others under these names before anything is made, so the names are known then.
    const inside = { parent: this, dependsOn: [made] };
    this.grant(name, args, { name: namespace, namespace }, TENANT_RIGHTS, inside);
    const metadata = { name: namespace, namespace, labels: labels(args.names.platform, "tenant") };
    const policy = { metadata, spec: isolationSpec() };
    new k8s.networking.v1.NetworkPolicy(`${name}-isolation`, policy, inside);
    new k8s.core.v1.ResourceQuota(`${name}-quota`, { metadata, spec: { hard: QUOTA } }, inside);
  }

  /** Gives the backend's account rights in a namespace. */
  private grant(
    name: string,
    { names, namespace: home }: OwnClusterArgs,
    at: { readonly name: string; readonly namespace: pulumi.Input<string> },
    rights: readonly Right[],
    opts: pulumi.ComponentResourceOptions,
  ): void {
    const account = names.backend;
    const metadata = { ...at, labels: labels(account, "tenant") };
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules: rulesOf(rights) }, opts);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name };
    const subjects = [{ kind: "ServiceAccount", name: account, namespace: home }];
    new k8s.rbac.v1.RoleBinding(`${name}-binding`, { metadata, roleRef, subjects }, opts);
  }
}

/** An Ingress of a tenant could take the platform's own host name, or one of another tenant. */
const TENANT_RIGHTS = namespaceRights.filter(({ resource }) => resource !== "ingresses");

/** Enough for a scan to find Services; it tries none of them. */
const SCAN_RIGHTS: readonly Right[] = [
  { group: "", resource: "namespaces", verbs: ["get"], purpose: "tell whether a namespace exists" },
  { group: "", resource: "services", verbs: ["list"], purpose: "scan" },
];

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
