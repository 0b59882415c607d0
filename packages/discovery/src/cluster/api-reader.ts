import type { Duplex } from "node:stream";
import type { V1EndpointSlice, V1Node, V1Pod, V1Service } from "@kubernetes/client-node";
import { DiscoveryError } from "../discovery-error";
import { apiError, type ApiRequest, type ApiTarget, forbiddenText, httpStatus } from "./api-errors";
import type { ClusterFacts, ClusterReader, NamespaceReading, PodPort } from "./reader";

/** What is listed, in the words of a Role, and what the objects are. */
export interface Listed {
  readonly services: V1Service;
  readonly pods: V1Pod;
  readonly "endpointslices.discovery.k8s.io": V1EndpointSlice;
  readonly nodes: V1Node;
  readonly namespaces: { readonly metadata?: { readonly name?: string } };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** The requests that a scan makes. An error of an answer has its HTTP status as `code`. */
export interface ClusterApi extends Pick<ClusterReader, "connectToPod" | "connectTo"> {
  readonly target: ApiTarget;
  /** Names in the kubeconfig. */
  readonly names: Pick<ClusterFacts, "name" | "namespace">;
  /** Maximum number of objects of one list. @default all */
  readonly maxObjects?: number;
  version(): Promise<string>;
  /** @param namespace undefined for objects without one */
  page<Kind extends keyof Listed>(
    kind: Kind,
    namespace: string | undefined,
    next: string | undefined,
  ): Promise<Page<Listed[Kind]>>;
  /** Rejects with `code: 404` if the namespace does not exist. */
  requireNamespace(name: string): Promise<unknown>;
}

/** Reads a cluster through its API server. */
export class ApiClusterReader implements ClusterReader {
  private nodes: Promise<readonly V1Node[] | undefined> | undefined;
  public readonly connectTo: ClusterReader["connectTo"];

  public constructor(private readonly api: ClusterApi) {
    this.connectTo = api.connectTo?.bind(api);
  }

  public async facts(): Promise<ClusterFacts> {
    const { api } = this;
    const version = await this.ask({ verb: "get", resource: "/version" }, () => api.version());
    const nodes = await this.listNodes();
    const { context, server } = api.target;
    return { ...api.names, context, server, version, node_count: nodes?.length ?? null };
  }

  public async read(namespace: string): Promise<NamespaceReading> {
    const cut = new Set<string>();
    const services = await this.ask({ verb: "list", resource: "services", namespace }, () =>
      this.allPages("services", namespace, cut),
    );
    if (services.length === 0) await this.requireNamespace(namespace);
    const [pods, slices, nodes] = await Promise.all([
      this.listIfAllowed("pods", namespace, cut),
      this.listIfAllowed("endpointslices.discovery.k8s.io", namespace, cut),
      this.listNodes(),
    ]);
    const missing = (request: ApiRequest, cost: string) => `${forbiddenText(request)}: ${cost}`;
    const notes = [
      pods ? undefined : missing({ verb: "list", resource: "pods", namespace }, "images are not known"),
      slices || pods
        ? undefined
        : missing({ verb: "list", resource: "endpointslices", namespace }, "no handshakes with pods"),
      nodes ? undefined : missing({ verb: "list", resource: "nodes" }, "node addresses of NodePorts are not known"),
      ...[...cut].map(
        (kind) => `namespace ${namespace} has more than ${this.api.maxObjects} ${kind}: the rest was not looked at`,
      ),
    ].filter((note) => note !== undefined);
    return { objects: { namespace, services, pods: pods ?? [], slices: slices ?? [], nodes: nodes ?? [] }, notes };
  }

  public async connectToPod(target: PodPort, signal: AbortSignal): Promise<Duplex> {
    return await this.api.connectToPod(target, signal);
  }

  /** Nodes are the same for every namespace; undefined if they may not be listed. */
  private listNodes(): Promise<readonly V1Node[] | undefined> {
    this.nodes ??= this.listIfAllowed("nodes", undefined);
    return this.nodes;
  }

  /** A namespace without Services may be one that does not exist. */
  private async requireNamespace(namespace: string): Promise<void> {
    const { target } = this.api;
    try {
      await this.api.requireNamespace(namespace);
    } catch (error) {
      // Without the right to read the namespace, an empty list is the only answer.
      if (httpStatus(error) === 403) return;
      if (httpStatus(error) !== 404) throw apiError(error, { verb: "get", resource: "namespaces", namespace }, target);
      const known = await this.listIfAllowed("namespaces", undefined).catch(() => undefined);
      const names = (known ?? []).map(({ metadata }) => metadata?.name ?? "").sort();
      throw new DiscoveryError(
        "namespace",
        `There is no namespace "${namespace}" in the cluster of context ${target.context}. ` +
          `Fix: --namespace <${names.length > 0 ? names.join(" | ") : "one that exists"}>`,
      );
    }
  }

  private async listIfAllowed<Kind extends keyof Listed>(
    kind: Kind,
    namespace: string | undefined,
    cut?: Set<string>,
  ): Promise<readonly Listed[Kind][] | undefined> {
    try {
      return await this.allPages(kind, namespace, cut);
    } catch (error) {
      if (httpStatus(error) === 403) return undefined;
      throw apiError(error, { verb: "list", resource: kind, namespace }, this.api.target);
    }
  }

  /** @param cut gets the kinds of which there are more than the maximum */
  private async allPages<Kind extends keyof Listed>(
    kind: Kind,
    namespace: string | undefined,
    cut?: Set<string>,
  ): Promise<readonly Listed[Kind][]> {
    const { maxObjects = Infinity } = this.api;
    const items: Listed[Kind][] = [];
    let next: string | undefined;
    do {
      const page = await this.api.page(kind, namespace, next);
      items.push(...page.items);
      ({ next } = page);
    } while (next && items.length < maxObjects);
    if (next || items.length > maxObjects) cut?.add(kind);
    return items.slice(0, maxObjects);
  }

  private async ask<T>(request: ApiRequest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw apiError(error, request, this.api.target);
    }
  }
}
