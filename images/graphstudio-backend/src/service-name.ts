/** The name in logs, metrics and Kubernetes. */
export const SERVICE = "graphstudio-backend";
