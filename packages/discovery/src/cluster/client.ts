import type { CoreV1Api, DiscoveryV1Api, KubeConfig, Middleware, V1Node, VersionApi } from "@kubernetes/client-node";
import pTimeout from "p-timeout";
import { DiscoveryError } from "../discovery-error";
import { apiError, forbiddenText, httpStatus, type ApiRequest, type ApiTarget } from "./api-errors";
import { kubernetesClient, loadContext, targetOf } from "./kubeconfig";
import { connectToPod, type PodPort } from "./pod-connection";
import type { ClusterFacts, ClusterReader, NamespaceReading } from "./reader";

const PAGE_SIZE = 500;

interface Page<Item> {
  readonly items: Item[];
  readonly metadata?: { readonly _continue?: string };
}

export interface ClientOptions {
  readonly context: string;
  readonly kubeconfig?: string;
  /** Maximum time of one request to the API server. */
  readonly requestTimeoutMs: number;
  /** Ends every request when the time of the scan is over. */
  readonly signal: AbortSignal;
}

/** Reads a cluster through the API server of a named context. */
class ApiClusterReader implements ClusterReader {
  private nodes: Promise<V1Node[] | undefined> | undefined;

  public constructor(
    private readonly config: KubeConfig,
    private readonly apis: { core: CoreV1Api; discovery: DiscoveryV1Api; version: VersionApi },
    private readonly target: ApiTarget,
    private readonly limits: Pick<ClientOptions, "requestTimeoutMs" | "signal">,
  ) {}

  public async facts(): Promise<ClusterFacts> {
    const { gitVersion } = await this.ask({ verb: "get", resource: "/version" }, () => this.apis.version.getCode());
    const nodes = await this.listNodes();
    const { context, server } = this.target;
    const own = this.config.getContextObject(context);
    return {
      name: own?.cluster ?? context,
      context,
      server,
      version: gitVersion,
      node_count: nodes?.length ?? null,
      namespace: own?.namespace ?? "default",
    };
  }

  public async read(namespace: string): Promise<NamespaceReading> {
    const { core, discovery } = this.apis;
    const services = await this.list({ verb: "list", resource: "services", namespace }, (page) =>
      core.listNamespacedService({ namespace, ...page }),
    );
    if (services.length === 0) await this.requireNamespace(namespace);
    const [pods, slices, nodes] = await Promise.all([
      this.listIfAllowed({ verb: "list", resource: "pods", namespace }, (page) =>
        core.listNamespacedPod({ namespace, ...page }),
      ),
      this.listIfAllowed({ verb: "list", resource: "endpointslices.discovery.k8s.io", namespace }, (page) =>
        discovery.listNamespacedEndpointSlice({ namespace, ...page }),
      ),
      this.listNodes(),
    ]);
    const missing = (request: ApiRequest, cost: string) => `${forbiddenText(request)}: ${cost}`;
    const notes = [
      pods ? undefined : missing({ verb: "list", resource: "pods", namespace }, "images are not known"),
      slices || pods
        ? undefined
        : missing({ verb: "list", resource: "endpointslices", namespace }, "no handshakes with pods"),
      nodes ? undefined : missing({ verb: "list", resource: "nodes" }, "node addresses of NodePorts are not known"),
    ].filter((note) => note !== undefined);
    return { objects: { namespace, services, pods: pods ?? [], slices: slices ?? [], nodes: nodes ?? [] }, notes };
  }

  public async connectToPod(target: PodPort, signal: AbortSignal) {
    return await connectToPod(this.config, target, signal);
  }

  /** Nodes are the same for every namespace; undefined if they may not be listed. */
  private listNodes(): Promise<V1Node[] | undefined> {
    this.nodes ??= this.listIfAllowed({ verb: "list", resource: "nodes" }, (page) => this.apis.core.listNode(page));
    return this.nodes;
  }

  /** A namespace without Services may be one that does not exist. */
  private async requireNamespace(namespace: string): Promise<void> {
    try {
      await this.timed(() => this.apis.core.readNamespace({ name: namespace }));
    } catch (error) {
      // Without the right to read the namespace, an empty list is the only answer.
      if (httpStatus(error) === 403) return;
      if (httpStatus(error) !== 404)
        throw apiError(error, { verb: "get", resource: "namespaces", namespace }, this.target);
      const known = await this.listIfAllowed({ verb: "list", resource: "namespaces" }, (page) =>
        this.apis.core.listNamespace(page),
      ).catch(() => undefined);
      const names = (known ?? []).map(({ metadata }) => metadata?.name ?? "").sort();
      throw new DiscoveryError(
        "namespace",
        `There is no namespace "${namespace}" in the cluster of context ${this.target.context}. ` +
          `Fix: --namespace <${names.length > 0 ? names.join(" | ") : "one that exists"}>`,
      );
    }
  }

  private async listIfAllowed<Item>(
    request: ApiRequest,
    load: (page: { limit: number; _continue?: string }) => Promise<Page<Item>>,
  ): Promise<Item[] | undefined> {
    try {
      return await this.allPages(load);
    } catch (error) {
      if (httpStatus(error) === 403) return undefined;
      throw apiError(error, request, this.target);
    }
  }

  private async list<Item>(
    request: ApiRequest,
    load: (page: { limit: number; _continue?: string }) => Promise<Page<Item>>,
  ): Promise<Item[]> {
    return await this.ask(request, () => this.allPages(load), false);
  }

  private async allPages<Item>(
    load: (page: { limit: number; _continue?: string }) => Promise<Page<Item>>,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let token: string | undefined;
    do {
      const page = await this.timed(() => load({ limit: PAGE_SIZE, ...(token ? { _continue: token } : {}) }));
      items.push(...page.items);
      token = page.metadata?._continue;
    } while (token);
    return items;
  }

  private async ask<T>(request: ApiRequest, work: () => Promise<T>, timed = true): Promise<T> {
    try {
      return await (timed ? this.timed(work) : work());
    } catch (error) {
      throw apiError(error, request, this.target);
    }
  }

  /**
   * Gives up after the time limit. It also limits credential plug-ins, which the library starts before it sends a
   * request.
   */
  private timed<T>(work: () => Promise<T>): Promise<T> {
    const { requestTimeoutMs: milliseconds, signal } = this.limits;
    return pTimeout(work(), { milliseconds, signal, message: `no answer within ${milliseconds / 1000} s` });
  }
}

/**
 * Opens a cluster by the name of its context.
 * @throws DiscoveryError if the kubeconfig has no such context
 */
export async function openCluster(options: ClientOptions): Promise<ClusterReader> {
  const config = await loadContext(options.context, options.kubeconfig);
  const client = await kubernetesClient();
  const { server = "" } = config.getCurrentCluster() ?? {};
  const settings = client.createConfiguration({
    baseServer: new client.ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [giveUpAfter(options)],
  });
  const apis = {
    core: new client.CoreV1Api(settings),
    discovery: new client.DiscoveryV1Api(settings),
    version: new client.VersionApi(settings),
  };
  return new ApiClusterReader(config, apis, targetOf(config), options);
}

/** Closes the connection of a request that timed out, so that it does not keep the program from ending. */
function giveUpAfter({ requestTimeoutMs, signal }: ClientOptions): Middleware {
  return {
    pre: (request) => {
      request.setSignal(AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]));
      return Promise.resolve(request);
    },
    post: (response) => Promise.resolve(response),
  };
}
