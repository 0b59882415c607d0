import { createPool, migrate } from "@nexus/service";
import { startPostgres } from "@nexus/testkit/postgres";
import { startRedis } from "@nexus/testkit/redis";
import { type Backend, buildBackend } from "../../images/graphstudio-backend/src/backend";
import { backendEnv } from "../../images/graphstudio-backend/src/env";
import { studioMigrations } from "../../images/graphstudio-backend/src/store/migrations";
import { discardedLog } from "./bench";
import { quantiles, type Result, time } from "./result";

const MEMBERS = 10_000;
/** People with tenants of their own, besides. */
const OTHERS = 90_000;
const ROUNDS = 100;
const GOALS = { p50: 200, p95: 200 };
const KEY = "a-signing-key-of-the-benchmarks-0123456789";
const PASSWORD = "correct horse battery";
const OFTEN = "1000000";

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Answer = Readonly<Record<string, unknown>>;

/** What people do in a tenant with 10,000 members, through the backend's API, with a database that waits for the disk. */
export async function benchMembers(): Promise<Result[]> {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  const log = discardedLog();
  const pool = createPool(postgres.settings, log);
  await migrate(pool, studioMigrations, log);
  await pool.end();
  const servers = Object.entries({ ...postgres.settings, ...redis.settings });
  const env = backendEnv.parse({
    ...Object.fromEntries(servers.map(([name, value]) => [name, String(value)])),
    ...{ JWT_SECRET: KEY, ACCESS_TOKEN_SECONDS: "3600" },
    ...{ LOGIN_ATTEMPTS_PER_MINUTE: OFTEN, ACCOUNT_ATTEMPTS_PER_MINUTE: OFTEN, ADDRESS_ATTEMPTS_PER_MINUTE: OFTEN },
  });
  const backend = await buildBackend({ env, log });
  try {
    const owner = await signUp(backend, "owner@example.com");
    await postgres.query(peopleOf(owner.tenantId));
    return await measure(backend, owner);
  } finally {
    await backend.app.close();
    await backend.close();
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

/** The members of one tenant, and many people who have nothing to do with it. */
const peopleOf = (tenantId: string) => `
  with people as (
    insert into studio.users (id, email)
    select gen_random_uuid(), 'crowd-' || lpad(n::text, 5, '0') || '@example.com' from generate_series(1, ${MEMBERS - 1}) n
    returning id
  )
  insert into studio.members (tenant_id, user_id, role) select '${tenantId}', id, 'viewer' from people;
  with people as (
    insert into studio.users (id, email)
    select gen_random_uuid(), md5(n::text) || '@example.com' from generate_series(1, ${OTHERS}) n
    returning id, email
  ), tenants as (insert into studio.tenants (id, name) select id, email from people returning id)
  insert into studio.members (tenant_id, user_id, role) select id, id, 'owner' from tenants;
  analyze studio.users, studio.members, studio.tenants`;

interface Owner {
  readonly tenantId: string;
  readonly token: string;
}

async function signUp(backend: Backend, email: string): Promise<Owner> {
  const { accessToken, user } = await call(backend, "POST", "/auth/signup", undefined, { email, password: PASSWORD });
  return { tenantId: (user as { tenantId: string }).tenantId, token: String(accessToken) };
}

async function call(backend: Backend, method: Method, url: string, token?: string, payload?: object): Promise<Answer> {
  const headers = { "sec-fetch-site": "same-origin", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const answer = await backend.app.inject({ method, url, headers, ...(payload && { payload }) });
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`);
  return answer.body === "" ? {} : answer.json<Answer>();
}

async function measure(backend: Backend, { tenantId, token }: Owner): Promise<Result[]> {
  const tenant = `/account/tenants/${tenantId}`;
  const ask = (method: Method, path: string, payload?: object) => call(backend, method, tenant + path, token, payload);
  const list = async (query: string) => (await ask("GET", `/members?${query}`)).items as { userId: string }[];
  const crowd = await list(`limit=200&after=crowd-05`);
  const invite = async () => (await ask("POST", "/invitations", { role: "viewer" })).token;
  const member = await signUp(backend, "member@example.com");
  const accept = (invitation: unknown, by: string) =>
    call(backend, "POST", "/account/invitations/accept", by, { token: invitation });
  await accept(await invite(), member.token);
  const results: Result[] = [];
  const row = async (what: string, work: (round: number) => Promise<unknown>) => {
    // The first calls of a process compile code, which is not what is measured.
    for (let round = 0; round < 5; round += 1) await work(round);
    const times: number[] = [];
    for (let round = 5; round < ROUNDS + 5; round += 1) times.push(await time(() => work(round)));
    results.push(...quantiles(`${MEMBERS.toLocaleString("en")} members: ${what}`, times, GOALS));
  };
  const idOf = (round: number) => crowd[round]?.userId ?? "";
  await row("first page", () => list("limit=50"));
  await row("last page", () => list(`limit=50&after=crowd-0995`));
  await row("search that finds some", () => list("limit=50&find=0777"));
  await row("search that finds nobody", () => list("limit=50&find=nobody"));
  await row("plan with the number of members", () => ask("GET", "/subscription"));
  await row("a role changes", (round) => ask("PUT", `/members/${idOf(round)}`, { role: "member" }));
  await row("a member is removed", (round) => ask("DELETE", `/members/${idOf(round)}`));
  await row("an invitation is made", invite);
  await row("a member signs in", () =>
    call(backend, "POST", "/auth/session", undefined, { email: "member@example.com", password: PASSWORD }),
  );
  await row("a member's page looks at its tenants", () => call(backend, "GET", "/account/tenants", member.token));
  return results;
}
