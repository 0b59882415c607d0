import type { Permission } from "@nexus/contract";
import type { Client, TestKernel } from "./harness";

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

export interface Operation {
  readonly security?: readonly unknown[];
  readonly "x-permission"?: Permission;
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: JsonSchema } } };
}

/** The objects of a tenant, which a stranger must not learn of. */
export interface Fixture {
  readonly workspaceId: string;
  readonly snapshotId: string;
  readonly cellId: string;
}

export const METHODS = ["get", "post", "put", "delete"] as const;
export const SECRET = "the-owners-secret";

/** A workspace with one of each. */
export async function makeObjects(kernel: TestKernel, client: Client): Promise<Fixture> {
  const workspaceId = await client.create(kernel, SECRET);
  await client.run(kernel, workspaceId, `view.set('panel', '${SECRET}'); state.set('k', '${SECRET}')`);
  await client.call(kernel, "PUT", `/${workspaceId}/handlers/handler`, { code: `return '${SECRET}'` });
  const { body } = await client.call(kernel, "POST", `/${workspaceId}/snapshots`, { name: SECRET });
  const cell = await client.call(kernel, "POST", `/${workspaceId}/document/cells`, { code: `'${SECRET}'` });
  return { workspaceId, snapshotId: String(body.id), cellId: String(cell.body.id) };
}

/** The smallest body that a route accepts; undefined for none. */
export function payloadOf({ requestBody }: Operation, fixture: Fixture): object | undefined {
  const schema = requestBody?.content["application/json"].schema;
  return schema && (sample(schema, fixture) as object);
}

/** Texts with a form of their own, by the names of their fields. */
const texts: Readonly<Record<string, string>> = { file: "// nexus-document: 1\n" };

function sample({ type, format, minimum, required = [], properties = {} }: JsonSchema, fixture: Fixture): unknown {
  switch (type) {
    case "object":
      return Object.fromEntries(required.map((name) => [name, texts[name] ?? sample(properties[name] ?? {}, fixture)]));
    case "array":
      return [];
    case "integer":
    case "number":
      return minimum ?? 1;
    case "string":
      return format === "uuid" ? fixture.snapshotId : "1";
    default:
      return null;
  }
}

export function fillPath(path: string, fixture: Fixture): string {
  const values: Record<string, string> = { ...fixture, handler: "handler", panel: "panel" };
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the matrix does not know how to fill {${name}} of ${path}`);
    return value;
  });
}

export interface Route {
  readonly path: string;
  readonly method: (typeof METHODS)[number];
  readonly operation: Operation;
}

/** Every route of the OpenAPI document. */
export function operationsOf(app: Pick<TestKernel["app"], "swagger">): Route[] {
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => {
      const method = METHODS.find((known) => known === name);
      if (!method) throw new Error(`the matrix does not know the method ${name} of ${path}`);
      return { path, method, operation };
    }),
  );
}
