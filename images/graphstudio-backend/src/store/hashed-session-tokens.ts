import { createHash } from "node:crypto";
import { kyselyAdapter } from "@better-auth/kysely-adapter";
import type { DBAdapter, DBAdapterInstance, DBTransactionAdapter, Where } from "better-auth";
import type { Kysely } from "kysely";
import type { StudioTables } from "./tables";

interface Query {
  readonly model: string;
  readonly where?: Where[];
}

/** A session token is random enough that a fast hash protects it. */
const hashOf = (token: unknown) => createHash("sha256").update(String(token)).digest("base64url");

/** The token that a query looks for; undefined for any other query. */
function tokenIn({ model, where = [] }: Query): string | undefined {
  const found = model === "session" ? where.find(({ field }) => field === "token") : undefined;
  return found === undefined ? undefined : String(found.value);
}

function hashed<Q extends Query>(query: Q): Q {
  if (tokenIn(query) === undefined) return query;
  const where = query.where?.map((one) => (one.field === "token" ? { ...one, value: hashOf(one.value) } : one));
  return { ...query, where };
}

/** A row as the caller knows it: with the token that was asked for, not with its hash. */
function withToken<T>(row: T, token: unknown): T {
  return row !== null && token !== undefined ? { ...row, token } : row;
}

function hashing(adapter: DBTransactionAdapter): DBTransactionAdapter {
  return {
    ...adapter,
    create: async (query) => {
      const data: Record<string, unknown> = query.data;
      if (query.model !== "session") return await adapter.create(query);
      const row = await adapter.create({ ...query, data: { ...data, token: hashOf(data.token) } });
      return withToken(row, data.token) as never;
    },
    findOne: async <T>(query: Parameters<DBAdapter["findOne"]>[0]) =>
      withToken(await adapter.findOne<T>(hashed(query)), tokenIn(query)),
    findMany: (query) => adapter.findMany(hashed(query)),
    count: (query) => adapter.count(hashed(query)),
    update: async <T>(query: Parameters<DBAdapter["update"]>[0]) =>
      withToken(await adapter.update<T>(hashed(query)), tokenIn(query)),
    updateMany: (query) => adapter.updateMany(hashed(query)),
    delete: (query) => adapter.delete(hashed(query)),
    deleteMany: (query) => adapter.deleteMany(hashed(query)),
    consumeOne: (query) => adapter.consumeOne(hashed(query)),
  };
}

/**
 * The tables of better-auth in the schema `studio`. It keeps session tokens as they are; here only their hashes reach the
 * database, so whoever reads a backup cannot use a session.
 */
export function authTables(db: Kysely<StudioTables>): DBAdapterInstance {
  const tables = kyselyAdapter(db.withSchema("studio"), { type: "postgres", transaction: true });
  return (options) => {
    const adapter = tables(options);
    return {
      ...adapter,
      ...hashing(adapter),
      transaction: (run) => adapter.transaction((inner) => run(hashing(inner))),
    };
  };
}
