/** The name in logs, metrics and Kubernetes. */
export const SERVICE = "nexus-os";
