import { createServer } from "node:http";
import { listen } from "./stand-ins/tcp-server";

/** Names of Kubernetes' own kinds that a stack may have. */
export const KUBERNETES_KINDS: Readonly<Record<string, readonly string[]>> = {
  "/api/v1": [
    "namespaces",
    "configmaps",
    "secrets",
    "services",
    "serviceaccounts",
    "persistentvolumeclaims",
    "resourcequotas",
    "limitranges",
  ],
  "/apis/apps/v1": ["deployments", "statefulsets", "daemonsets"],
  "/apis/autoscaling/v2": ["horizontalpodautoscalers"],
  "/apis/batch/v1": ["cronjobs", "jobs"],
  "/apis/networking.k8s.io/v1": ["networkpolicies", "ingresses"],
  "/apis/policy/v1": ["poddisruptionbudgets"],
  "/apis/rbac.authorization.k8s.io/v1": ["roles", "rolebindings"],
};
/** The same with those of operators. */
export const SERVED: typeof KUBERNETES_KINDS = {
  ...KUBERNETES_KINDS,
  "/apis/postgresql.cnpg.io/v1": ["clusters", "scheduledbackups"],
  "/apis/barmancloud.cnpg.io/v1": ["objectstores"],
};

export interface ObjectApi {
  readonly url: string;
  /** Metadata of the objects that exist, by path. */
  readonly objects: Record<string, object>;
  /** HTTP status to answer, by the name of the kind. */
  readonly faults: Record<string, number>;
  /** Path and accepted form of each request. */
  readonly requests: readonly { readonly path: string; readonly accept: string }[];
  readonly close: () => Promise<void>;
}

/** An API server that returns single objects to clients with the token. */
export async function startObjectApi(token = "good-token"): Promise<ObjectApi> {
  const objects: Record<string, object> = {};
  const faults: Record<string, number> = {};
  const requests: { path: string; accept: string }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push({ path, accept: request.headers.accept ?? "" });
    const [, api = "", kind = "", name] =
      /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const authorized = request.headers.authorization === `Bearer ${token}`;
    const metadata = objects[path];
    const status = authorized ? (faults[kind] ?? (metadata ? 200 : 404)) : 401;
    // The same answer as a real API server gives for an unknown kind.
    if (!SERVED[api]?.includes(kind) || (authorized && faults[kind] === 404)) {
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return;
    }
    const body = status === 200 ? { metadata } : { kind: "Status", code: status, details: { name } };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const { port, close } = await listen(server);
  return { url: `http://127.0.0.1:${port}`, objects, faults, requests, close };
}
