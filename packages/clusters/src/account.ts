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

/**
 * Commands that print a kubeconfig with a token of that account, and nothing else. The copy of the administrator's
 * kubeconfig that they work on is removed.
 * @param namespace of the account
 */
export const kubeconfigCommands = (namespace: string): string => {
  const token = `kubectl -n ${namespace} create token ${ACCOUNT} --duration ${TOKEN_HOURS}h`;
  const config = `kubectl --kubeconfig "$copy" config`;
  return [
    `copy=$(mktemp) && kubectl config view --minify --flatten > "$copy"`,
    `${config} set-credentials ${ACCOUNT} --token "$(${token})" > /dev/null`,
    `${config} set-context --current --user ${ACCOUNT} --namespace ${namespace} > /dev/null`,
    `${config} view --minify --flatten; rm "$copy"`,
  ].join("\n");
};
