import { clusterRights, namespaceRights, type Right, rulesOf } from "@nexus/contract";
import { stringify } from "yaml";
import type { ClusterObject } from "./object-client";

const ACCOUNT = "nexus";
const RBAC = "rbac.authorization.k8s.io";
/** A year: long enough to be used, and it ends. */
const TOKEN_HOURS = 8760;

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
