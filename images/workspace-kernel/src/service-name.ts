/** The name in logs, metrics and Kubernetes. */
export const SERVICE = "workspace-kernel";
