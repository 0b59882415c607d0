/** Pod settings that the Pod Security level `restricted` requires, with a numeric user (C16). */
export function podSecurityContext(user: number) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** The container settings that it requires (C17). */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** How a pod's images are pulled from a registry that requires a password; empty if there is no log-in. */
export function imagePulls(secrets: readonly string[]) {
  return secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((name) => ({ name })) };
}

/** Labels that make a namespace refuse pods below `restricted`. */
export const restrictedNamespaceLabels = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};
