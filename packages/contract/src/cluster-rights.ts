/** What an account may do with a kind of object, and what for. */
export interface Right {
  /** API group; empty for the core. */
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly purpose: string;
}

const APPLIED = ["get", "create", "patch", "delete"];
const deploys = (group: string, resource: string): Right => ({
  group,
  resource,
  verbs: APPLIED,
  purpose: "deploy, show what would change, and remove",
});

/**
 * Everything that is done in a namespace of a tenant's cluster: the Role, the documentation and the tests are made from
 * this list. Objects are applied by the server, which needs `create` and `patch`, and never `update`.
 */
export const namespaceRights: readonly Right[] = [
  { group: "", resource: "namespaces", verbs: ["get"], purpose: "tell whether a namespace exists" },
  { ...deploys("", "services"), verbs: [...APPLIED, "list"], purpose: "scan, and deploy" },
  {
    group: "",
    resource: "pods",
    verbs: ["get", "list"],
    purpose: "scan: images and pods behind Services; and show how a deployment is",
  },
  { group: "", resource: "pods/log", verbs: ["get"], purpose: "show logs, also of containers that crashed" },
  { group: "", resource: "events", verbs: ["list"], purpose: "say why a deployment is not ready" },
  { group: "", resource: "pods/portforward", verbs: ["get", "create"], purpose: "scan: try whether databases answer" },
  { group: "discovery.k8s.io", resource: "endpointslices", verbs: ["list"], purpose: "scan: pods behind Services" },
  deploys("", "configmaps"),
  deploys("", "secrets"),
  {
    ...deploys("", "persistentvolumeclaims"),
    verbs: [...APPLIED, "list"],
    purpose: "deploy, show what would change, and remove, also those that StatefulSets made",
  },
  deploys("apps", "deployments"),
  deploys("apps", "statefulsets"),
  deploys("apps", "daemonsets"),
  deploys("batch", "jobs"),
  deploys("autoscaling", "horizontalpodautoscalers"),
  deploys("networking.k8s.io", "ingresses"),
  deploys("networking.k8s.io", "networkpolicies"),
];

/** Of objects without a namespace; without it the number of nodes and the addresses of NodePorts are not known. */
export const clusterRights: readonly Right[] = [
  { group: "", resource: "nodes", verbs: ["list"], purpose: "count nodes, and find the addresses of NodePorts" },
];

/** The rules of a Role. */
export const rulesOf = (rights: readonly Right[]) =>
  rights.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs: [...verbs] }));
