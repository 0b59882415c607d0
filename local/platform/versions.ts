/** Node.js of the service images; the default of the build argument NODE_VERSION in their Dockerfiles. */
export const NODE_VERSION = "24.21.0";
/** Kubernetes of the local platform, and the kubectl of every cluster. */
export const KUBERNETES_VERSION = "v1.36.3";
