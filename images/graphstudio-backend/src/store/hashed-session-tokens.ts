import { createHash } from "node:crypto";
import { kyselyAdapter } from "@better-auth/kysely-adapter";
import type { DBAdapter, DBAdapterInstance, DBTransactionAdapter, Where } from "better-auth";
import { type Kysely, Transaction } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";

interface Query {
  readonly model: string;
  readonly where?: Where[];
}

/** A session token is random enough that a fast hash protects it. */
export const hashOf = (token: unknown) => createHash("sha256").update(String(token)).digest("base64url");

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

/** Runs work in the transaction that there is, or in one of its own. */
type InTransaction = <T>(work: (tx: Transaction<StudioTables>) => Promise<T>) => Promise<T>;

type Tables = (db: Kysely<StudioTables>) => DBTransactionAdapter;

function hashing(db: Kysely<StudioTables>, tables: Tables): DBTransactionAdapter {
  const adapter = tables(db);
  const inTransaction: InTransaction = async (work) =>
    db instanceof Transaction ? await work(db) : await db.transaction().execute(work);
  return {
    ...adapter,
    create: async (query) => {
      const data: Record<string, unknown> = query.data;
      // Who only signed in with an identity provider gets a first password.
      if (query.model === "account")
        return await inTransaction(async (tx) => {
          const made = await tables(tx).create(query);
          const userId = String(data.userId);
          await audit(tx, { act: "password.reset", actor: userId, target: { userId } });
          return made as never;
        });
      if (query.model !== "session") return await adapter.create(query);
      const row = await inTransaction(async (tx) => {
        const made = await tables(tx).create<Record<string, unknown>, { readonly id: string }>({
          ...query,
          data: { ...data, token: hashOf(data.token) },
        });
        await audit(tx, { act: "sign-in", actor: String(data.userId), target: { sessionId: made.id } });
        return made;
      });
      return withToken(row, data.token) as never;
    },
    findOne: async <T>(query: Parameters<DBAdapter["findOne"]>[0]) =>
      withToken(await adapter.findOne<T>(hashed(query)), tokenIn(query)),
    findMany: (query) => adapter.findMany(hashed(query)),
    count: (query) => adapter.count(hashed(query)),
    update: async <T>(query: Parameters<DBAdapter["update"]>[0]) =>
      withToken(await adapter.update<T>(hashed(query)), tokenIn(query)),
    updateMany: async (query) => {
      if (query.model !== "account" || !("password" in query.update)) return await adapter.updateMany(hashed(query));
      return await inTransaction(async (tx) => {
        const count = await tables(tx).updateMany(query);
        const userId = String(query.where.find(({ field }) => field === "userId")?.value);
        await audit(tx, { act: "password.reset", actor: userId, target: { userId } });
        return count;
      });
    },
    delete: (query) => adapter.delete(hashed(query)),
    deleteMany: (query) => adapter.deleteMany(hashed(query)),
    consumeOne: (query) => adapter.consumeOne(hashed(query)),
  };
}

/**
 * The tables of better-auth in the schema `studio`. It keeps session tokens as they are; here only their hashes reach the
 * database, so whoever reads a backup cannot use a session. What it does goes to the audit trail in the same transaction.
 */
export function authTables(db: Kysely<StudioTables>): DBAdapterInstance {
  return (options) => {
    const on = (inner: Kysely<StudioTables>) =>
      kyselyAdapter(inner.withSchema("studio"), { type: "postgres", transaction: true })(options);
    return {
      ...on(db),
      ...hashing(db, on),
      transaction: (run) => db.transaction().execute((tx) => run(hashing(tx, on))),
    };
  };
}
