import { isDeepStrictEqual } from "node:util";
import { ApiRefusal, refusalOf } from "./api-refusal";
import { type ApiTransport, readAll } from "./api-transport";

/** A Kubernetes object as plain data. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** How an object is found again. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface ApplyOptions {
  /** The server does everything but keep it. @default false */
  readonly dryRun?: boolean;
  /** Takes fields over that somebody else manages. @default false */
  readonly force?: boolean;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const APPLY = "application/apply-patch+yaml";
const MAX_PAGE = 500;

export const idOf = ({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject): ObjectId => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

export const isSame = (one: ObjectId, other: ObjectId): boolean => isDeepStrictEqual(one, other);

/** Reads, applies and deletes objects of any kind that the API server knows. */
export class ObjectClient {
  private readonly groups = new Map<string, Promise<readonly ApiResource[]>>();

  /** @param manager name that the fields belong to which are applied here */
  public constructor(
    private readonly transport: ApiTransport,
    private readonly manager: string,
  ) {}

  public async get(id: ObjectId): Promise<ClusterObject | undefined> {
    try {
      return await this.ask<ClusterObject>("GET", await this.pathOf(id));
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Objects of a kind with labels, page by page. */
  public async *list(
    kind: Omit<ObjectId, "name">,
    selector: string,
    pageSize = MAX_PAGE,
  ): AsyncGenerator<ClusterObject> {
    const path = await this.pathOf({ ...kind, name: "" });
    let next: string | undefined;
    do {
      const query = new URLSearchParams({ labelSelector: selector, limit: String(pageSize) });
      if (next !== undefined) query.set("continue", next);
      const page = await this.ask<{ items: ClusterObject[]; metadata: { continue?: string } }>(
        "GET",
        `${path}?${query}`,
      );
      // The server leaves these out of lists.
      for (const item of page.items) yield { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
      next = page.metadata.continue === "" ? undefined : page.metadata.continue;
    } while (next !== undefined);
  }

  /** Server-side apply. @returns the object as it is afterwards, or would be */
  public async apply(
    object: ClusterObject,
    { dryRun = false, force = false }: ApplyOptions = {},
  ): Promise<ClusterObject> {
    const query = new URLSearchParams({
      fieldManager: this.manager,
      fieldValidation: "Strict",
      force: String(force),
      ...(dryRun ? { dryRun: "All" } : {}),
    });
    // JSON is YAML.
    return await this.ask<ClusterObject>("PATCH", `${await this.pathOf(idOf(object))}?${query}`, APPLY, object);
  }

  /** Deletes an object with what belongs to it. @param uid only that very object. @returns whether it was there */
  public async delete(id: ObjectId, uid?: string): Promise<boolean> {
    const options = { propagationPolicy: "Background", ...(uid === undefined ? {} : { preconditions: { uid } }) };
    try {
      await this.ask("DELETE", await this.pathOf(id), "application/json", options);
      return true;
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return false;
      throw error;
    }
  }

  private async pathOf({ apiVersion, kind, namespace, name }: ObjectId): Promise<string> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resources = await this.resources(group);
    const resource = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (!resource) throw new ApiRefusal(404, "NotFound", `The cluster does not know ${apiVersion} ${kind}`);
    const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
    return `${group}${scope}/${resource.name}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
  }

  private async resources(group: string): Promise<readonly ApiResource[]> {
    const known =
      this.groups.get(group) ?? this.ask<{ resources: ApiResource[] }>("GET", group).then((list) => list.resources);
    this.groups.set(group, known);
    try {
      return await known;
    } catch (error) {
      // Asked again the next time.
      this.groups.delete(group);
      if (error instanceof ApiRefusal && error.status === 404) return [];
      throw error;
    }
  }

  private async ask<T>(method: "GET" | "PATCH" | "DELETE", path: string, type?: string, body?: object): Promise<T> {
    const answer = await this.transport.request(path, {
      method,
      headers: { accept: "application/json", ...(type === undefined ? {} : { "content-type": type }) },
      body: body && JSON.stringify(body),
    });
    const text = (await readAll(answer)).toString("utf8");
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(text) as T;
    throw refusalOf(answer.status, text);
  }
}
