import * as http from "node:http";
import { SocketClient } from "../../../images/workspace-kernel/test/socket-client";
import { list } from "../platform";
import { withPortForward } from "../port-forward";
import { withStandIn } from "./stand-in";

/** The namespace that network policies admit unless a stack names another. */
export const CONTROLLER_NAMESPACE = "ingress-nginx";

interface Backend {
  readonly name: string;
  readonly port: { readonly name?: string; readonly number?: number };
}
interface Ingress {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly rules: readonly {
      readonly host: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: string;
          readonly backend: { readonly service: Backend };
        }[];
      };
    }[];
  };
}
interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly ports: readonly { readonly name: string; readonly port: number }[] };
}

const PORT = 8080;
const PARTS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** The locations of nginx that a path of an Ingress means: with Prefix the path itself and what is below it. */
function locationsOf(path: string, pathType: string): string[] {
  if (pathType === "Exact") return [`= ${path}`];
  return path === "/" ? ["/"] : [`= ${path}`, `${path}/`];
}

function addressOf(namespace: string, { name, port }: Backend, services: readonly Service[]): string {
  const ports = services.find(({ metadata }) => metadata.name === name)?.spec.ports ?? [];
  const number = port.number ?? ports.find((one) => one.name === port.name)?.port;
  if (number === undefined) throw new Error(`The Ingress names port ${port.name} of ${name}, which has none such.`);
  return `http://${name}.${namespace}.svc.cluster.local:${number}`;
}

/** What a controller makes of an Ingress: hosts, paths and backends, and the time limits of its annotations. */
function nginxConfig(namespace: string, { metadata, spec }: Ingress, services: readonly Service[]): string {
  const limit = (name: string) => metadata.annotations[`nginx.ingress.kubernetes.io/proxy-${name}-timeout`] ?? "60";
  const servers = spec.rules.map(({ host, http: { paths } }) => {
    const locations = paths.flatMap(({ path, pathType, backend }) =>
      locationsOf(path, pathType).map(
        (location) => `location ${location} { proxy_pass ${addressOf(namespace, backend.service, services)}; }`,
      ),
    );
    return `server { listen ${PORT}; server_name ${host}; ${locations.join(" ")} }`;
  });
  return `
    worker_processes 1; daemon off; pid /tmp/nginx.pid; error_log stderr warn;
    events { worker_connections 256; }
    http {
      access_log off;
      ${PARTS.map((part) => `${part}_temp_path /tmp/${part};`).join(" ")}
      map $http_upgrade $connection_upgrade { default upgrade; "" close; }
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 2s; proxy_read_timeout ${limit("read")}s; proxy_send_timeout ${limit("send")}s;
      server { listen ${PORT} default_server; return 404 "no Ingress has this host"; }
      ${servers.join("\n")}
    }`;
}

export interface EntranceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The way into a stack through an Ingress controller. */
export class Entrance {
  public constructor(
    private readonly port: number,
    private readonly host: string,
  ) {}

  /** Sends a request to the host of the Ingress, which no name server knows. */
  public send(method: string, path: string, token?: string, content?: object): Promise<EntranceAnswer> {
    const headers = {
      host: this.host,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content ? { "content-type": "application/json" } : {}),
    };
    return new Promise((resolve, reject) => {
      const request = http.request({ host: "127.0.0.1", port: this.port, method, path, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", reject).once("end", () => {
          const isJson = /[/+]json/.test(response.headers["content-type"] ?? "");
          const body = isJson ? (JSON.parse(text) as EntranceAnswer["body"]) : { text };
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      request.once("error", reject).end(content ? JSON.stringify(content) : undefined);
    });
  }

  /** Opens a socket on /panels; a refusal's status is in the error. */
  public socket(token?: string): Promise<SocketClient> {
    return SocketClient.connect(`http://127.0.0.1:${this.port}`, token, { host: this.host });
  }
}

/** Runs an nginx that does what the stack's Ingress says, in a namespace of its own, until `use` has ended. */
export async function withIngressController<T>(
  namespace: string,
  controllerNamespace: string,
  use: (entrance: Entrance) => Promise<T>,
): Promise<T> {
  const [ingresses, services] = [
    await list<Ingress>(namespace, "ingresses"),
    await list<Service>(namespace, "services"),
  ];
  const [ingress] = ingresses;
  const host = ingress?.spec.rules[0]?.host;
  if (!ingress || host === undefined) throw new Error(`There is no Ingress with a host in ${namespace}.`);
  const controller = {
    namespace: controllerNamespace,
    name: "controller",
    image: "nginx:1.28.0-bookworm",
    command: ["nginx", "-c", "/etc/stand-in/nginx.conf"],
    files: { "nginx.conf": nginxConfig(namespace, ingress, services) },
    port: PORT,
  };
  return withStandIn(controller, () =>
    withPortForward(controllerNamespace, "pod/controller", PORT, (port) => use(new Entrance(port, host))),
  );
}
