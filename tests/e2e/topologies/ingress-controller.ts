import * as http from "node:http";
import { stringify } from "yaml";
import { SocketClient } from "../../../images/workspace-kernel/test/socket-client";
import { waitFor } from "@nexus/host";
import { descriptor, list } from "../platform";
import { withPortForward } from "../port-forward";
import { withStandIn } from "../stand-in";

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}
interface Ingress {
  readonly spec: { readonly rules: readonly { readonly host: string }[] };
}

export interface EntranceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Requests to a stack through an Ingress controller. */
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

/** Requests to a stack through the platform's ingress controller, once that leads to the kernel. */
export async function entranceOf(namespace: string): Promise<Entrance> {
  const [ingress] = await list<Ingress>(namespace, "ingresses");
  const host = ingress?.spec.rules[0]?.host;
  if (host === undefined || !descriptor.ingressPort) throw new Error(`No Ingress with a host leads to ${namespace}.`);
  const entrance = new Entrance(descriptor.ingressPort, host);
  await waitFor(`The controller's way to ${host}`, 30, async () => {
    const { status } = await entrance.send("GET", "/health");
    if (status !== 200) throw new Error(`status ${status}`);
    return true;
  });
  return entrance;
}

const PORT = 8080;

/** The routes for a controller that may not ask the cluster: paths and the addresses they lead to. */
function routesTo(addresses: Readonly<Record<string, string>>): object {
  const named = Object.entries(addresses).map(([path, url], index) => ({ name: `route${index}`, path, url }));
  const server = (url: string) => ({ loadBalancer: { servers: [{ url }], serversTransport: "impatient" } });
  return {
    http: {
      routers: Object.fromEntries(
        named.map(({ name, path }) => [name, { rule: `PathPrefix(\`${path}\`)`, service: name }]),
      ),
      services: Object.fromEntries(named.map(({ name, url }) => [name, server(url)])),
      serversTransports: { impatient: { forwardingTimeouts: { dialTimeout: "2s" } } },
    },
  };
}

/** Runs the controller's program until `use` has ended, in a namespace that no network policy admits. */
export async function withStranger<T>(
  addresses: Readonly<Record<string, string>>,
  use: (entrance: Entrance) => Promise<T>,
): Promise<T> {
  const namespace = "nexus-e2e-stranger";
  const [controller] = await list<Deployment>("ingress-nginx", "deployments");
  const stranger = {
    namespace,
    name: "controller",
    image: controller?.spec.template.spec.containers[0]?.image ?? "",
    command: [
      "/program",
      "--global.checknewversion=false",
      "--global.sendanonymoususage=false",
      `--entrypoints.web.address=:${PORT}`,
      "--providers.file.filename=/etc/stand-in/routes.yaml",
    ],
    files: { "routes.yaml": stringify(routesTo(addresses)) },
    port: PORT,
  };
  return withStandIn(stranger, () =>
    withPortForward(namespace, "pod/controller", PORT, async (port) => {
      const entrance = new Entrance(port, "localhost");
      // Its port is open before it has loaded its routes.
      await waitFor("The routes of the stranger", 30, async () =>
        (await entrance.send("GET", "/")).status === 404 ? undefined : true,
      );
      return use(entrance);
    }),
  );
}
