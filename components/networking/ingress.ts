export interface IngressSettings {
  /** Ingress class. */
  readonly className: string;
  /** Host name of the studio. */
  readonly host: string;
  /** HTTPS; null serves plain HTTP. */
  readonly tls: { readonly secretName: string; readonly clusterIssuer: string | null } | null;
  /** Namespace of the ingress controller. */
  readonly controllerNamespace: string;
  /** Seconds after which an idle connection is closed (D7). */
  readonly timeoutSeconds: number;
  /** Further annotations; they override ours. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Workloads that an Ingress leads to. */
export interface IngressBackends {
  /** Takes WebSockets, on its port `websocket`. */
  readonly sockets: string;
  /** Takes everything else, on its port `http`. */
  readonly door: string;
}

export function ingressAnnotations(ingress: IngressSettings, { sockets }: IngressBackends): Record<string, string> {
  const timeout = String(ingress.timeoutSeconds);
  const issuer = ingress.tls?.clusterIssuer;
  return {
    // The update does not wait for an ingress controller to answer.
    "pulumi.com/skipAwait": "true",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": timeout,
    "nginx.ingress.kubernetes.io/proxy-send-timeout": timeout,
    "nginx.ingress.kubernetes.io/websocket-services": sockets,
    ...(issuer ? { "cert-manager.io/cluster-issuer": issuer } : {}),
    ...ingress.annotations,
  };
}

/** `/panels` goes straight to the kernel's WebSockets, everything else to the studio (B5, C20). */
export function ingressSpec({ className, host, tls }: IngressSettings, { sockets, door }: IngressBackends) {
  return {
    ingressClassName: className,
    ...(tls ? { tls: [{ hosts: [host], secretName: tls.secretName }] } : {}),
    rules: [
      {
        host,
        http: { paths: [path("/panels", sockets, "websocket"), path("/", door, "http")] },
      },
    ],
  };
}

function path(prefix: string, service: string, port: string) {
  return { path: prefix, pathType: "Prefix", backend: { service: { name: service, port: { name: port } } } };
}
