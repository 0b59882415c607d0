import type { Middleware } from "@kubernetes/client-node";
import pTimeout from "p-timeout";
import { ApiClusterReader, type Listed } from "./api-reader";
import { kubernetesClient, loadContext, targetOf } from "./kubeconfig";
import { connectToPod } from "./pod-connection";
import type { ClusterReader } from "./reader";
import { connectTcp } from "./tcp-connection";

const PAGE_SIZE = 500;

interface LibraryPage<Item> {
  readonly items: readonly Item[];
  readonly metadata?: { readonly _continue?: string };
}

type Lists = {
  readonly [Kind in keyof Listed]: (request: {
    readonly namespace: string;
    readonly limit: number;
    readonly _continue?: string;
  }) => Promise<LibraryPage<Listed[Kind]>>;
};

export interface ClientOptions {
  readonly context: string;
  readonly kubeconfig?: string;
  /** Maximum time of one request to the API server. */
  readonly requestTimeoutMs: number;
  /** Ends every request when the time of the scan is over. */
  readonly signal: AbortSignal;
}

/**
 * Opens a cluster by the name of its context.
 * @throws DiscoveryError if the kubeconfig has no such context
 */
export async function openCluster(options: ClientOptions): Promise<ClusterReader> {
  const { context, requestTimeoutMs: milliseconds, signal } = options;
  const config = await loadContext(context, options.kubeconfig);
  const client = await kubernetesClient();
  const { server = "" } = config.getCurrentCluster() ?? {};
  const settings = client.createConfiguration({
    baseServer: new client.ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [giveUpAfter(options)],
  });
  const core = new client.CoreV1Api(settings);
  const discovery = new client.DiscoveryV1Api(settings);
  const lists: Lists = {
    services: (request) => core.listNamespacedService(request),
    pods: (request) => core.listNamespacedPod(request),
    "endpointslices.discovery.k8s.io": (request) => discovery.listNamespacedEndpointSlice(request),
    nodes: (request) => core.listNode(request),
    namespaces: (request) => core.listNamespace(request),
  };
  // Credential plug-ins are limited as well, which the library starts before it sends a request.
  const timed = <T>(work: Promise<T>) =>
    pTimeout(work, { milliseconds, signal, message: `no answer within ${milliseconds / 1000} s` });
  const own = config.getContextObject(context);
  return new ApiClusterReader({
    target: targetOf(config),
    names: { name: own?.cluster ?? context, namespace: own?.namespace ?? "default" },
    version: async () => (await timed(new client.VersionApi(settings).getCode())).gitVersion,
    page: async (kind, namespace = "", next) => {
      const page = await timed(lists[kind]({ namespace, limit: PAGE_SIZE, ...(next ? { _continue: next } : {}) }));
      return { items: page.items, next: page.metadata?._continue };
    },
    requireNamespace: (name) => timed(core.readNamespace({ name })),
    connectToPod: (target, ends) => connectToPod(config, target, ends),
    connectTo: connectTcp,
  });
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
