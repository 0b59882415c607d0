import { stringify } from "yaml";
import type { ClusterObject } from "./object-client";

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
  { group: "", resource: "pods", verbs: ["list"], purpose: "scan: images and pods behind Services" },
  { group: "", resource: "pods/portforward", verbs: ["get", "create"], purpose: "scan: try whether databases answer" },
  { group: "discovery.k8s.io", resource: "endpointslices", verbs: ["list"], purpose: "scan: pods behind Services" },
  deploys("", "configmaps"),
  deploys("", "secrets"),
  deploys("", "persistentvolumeclaims"),
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

const ACCOUNT = "nexus";
const RBAC = "rbac.authorization.k8s.io";
/** A year: long enough to be used, and it ends. */
const TOKEN_HOURS = 8760;

/** The rules of a Role. */
export const rulesOf = (rights: readonly Right[]) =>
  rights.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs: [...verbs] }));

/**
 * A ServiceAccount with exactly the rights that are needed in some namespaces of a cluster.
 * @param namespaces the account is in the first one
 */
export function accountObjects(namespaces: readonly string[]): ClusterObject[] {
  const [home = "default"] = namespaces;
  const subjects = [{ kind: "ServiceAccount", name: ACCOUNT, namespace: home }];
  const api = { apiVersion: `${RBAC}/v1` };
  const bound = (kind: "Role" | "ClusterRole", metadata: ClusterObject["metadata"], rights: readonly Right[]) => [
    { ...api, kind, metadata, rules: rulesOf(rights) },
    { ...api, kind: `${kind}Binding`, metadata, subjects, roleRef: { apiGroup: RBAC, kind, name: metadata.name } },
  ];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace: home } },
    ...namespaces.flatMap((namespace) => bound("Role", { name: ACCOUNT, namespace }, namespaceRights)),
    ...bound("ClusterRole", { name: `${ACCOUNT}-${home}` }, clusterRights),
  ];
}

/** The same as a text for `kubectl apply`. */
export const accountManifest = (namespaces: readonly string[]): string =>
  accountObjects(namespaces)
    .map((object) => stringify(object, { aliasDuplicateObjects: false }))
    .join("---\n");

/** Commands that write a kubeconfig with a token of that account. @param namespace of the account */
export const kubeconfigCommands = (namespace: string): string =>
  [
    `kubectl config view --minify --flatten > nexus.kubeconfig`,
    `kubectl --kubeconfig nexus.kubeconfig config set-credentials ${ACCOUNT} --token "$(kubectl -n ${namespace} create token ${ACCOUNT} --duration ${TOKEN_HOURS}h)"`,
    `kubectl --kubeconfig nexus.kubeconfig config set-context --current --user ${ACCOUNT} --namespace ${namespace}`,
    `kubectl --kubeconfig nexus.kubeconfig config view --minify --flatten`,
  ].join("\n");
