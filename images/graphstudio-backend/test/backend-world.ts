import type { LookupFunction } from "node:net";
import { createPool, migrate } from "@nexus/service";
import { expectConformance } from "@nexus/testkit/conformance";
import { captureLog } from "@nexus/testkit/log-capture";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { type Backend, type BackendOptions, buildBackend } from "../src/backend";
import { backendEnv } from "../src/env";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { studioMigrations } from "../src/store/migrations";

export const KEY = "a-signing-key-of-the-backend-tests-123";
export const PASSWORD = "correct horse battery";

/** A token that another service signs with a key that all of them have. */
export const serviceToken = (key = KEY) =>
  createTokenSigner(key, 60, { aud: "nexus-services" })({ userId: "", tenantId: "", role: "owner", email: "" });

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

let count = 0;
export const newEmail = () => `somebody-${(count += 1)}@example.com`;

/** A backend with a database and a Redis of its own; each answer is held against the OpenAPI document. */
export class BackendWorld<Database extends TestDatabase = TestDatabase> {
  readonly log = captureLog("graphstudio-backend");

  private constructor(
    readonly postgres: Database,
    readonly redis: TestRedis,
    private readonly options: Pick<BackendOptions, "lookup" | "converterFile" | "ownCluster">,
  ) {}

  backend!: Backend;

  /** @param lookup of the API servers of clusters. @param converterFile bundled, for tests that convert projects */
  static start(
    settings: Readonly<Record<string, string>> = {},
    lookup?: LookupFunction,
    converterFile?: string,
    ownCluster?: BackendOptions["ownCluster"],
  ): Promise<BackendWorld> {
    return BackendWorld.startOn(openDatabase, settings, lookup, converterFile, ownCluster);
  }

  /** For tests that stop the database server. */
  static async startOn<Database extends TestDatabase>(
    open: () => Promise<Database>,
    settings: Readonly<Record<string, string>> = {},
    lookup?: LookupFunction,
    converterFile?: string,
    ownCluster?: BackendOptions["ownCluster"],
  ): Promise<BackendWorld<Database>> {
    const [postgres, redis] = await Promise.all([open(), startRedis()]);
    const world = new BackendWorld(postgres, redis, {
      ...(lookup && { lookup }),
      ...(converterFile && { converterFile }),
      ...(ownCluster && { ownCluster }),
    });
    const pool = createPool(postgres.settings, world.log.log);
    await migrate(pool, studioMigrations, world.log.log);
    await pool.end();
    world.backend = await world.startBackend(settings);
    return world;
  }

  /** One more pod. */
  async startBackend(settings: Readonly<Record<string, string>> = {}): Promise<Backend> {
    const connections = Object.entries({ ...this.postgres.settings, ...this.redis.settings });
    const env = backendEnv.parse({
      ...Object.fromEntries(connections.map(([key, value]) => [key, String(value)])),
      JWT_SECRET: KEY,
      ADDRESS_ATTEMPTS_PER_MINUTE: "100000",
      ...settings,
    });
    return await buildBackend({ env, log: this.log.log, ...this.options });
  }

  async stop(): Promise<void> {
    await this.backend?.app.close();
    await this.backend?.close();
    await Promise.all([this.postgres.stop(), this.redis.stop()]);
  }

  /** What follows is asked of another pod. */
  async at<T>(pod: Backend, work: () => Promise<T>): Promise<T> {
    const was = this.backend;
    this.backend = pod;
    try {
      return await work();
    } finally {
      this.backend = was;
    }
  }

  async ask(method: Method, url: string, payload?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const { app } = this.backend;
    const response = await app.inject({ method, url, payload, headers });
    expectConformance(app, method, url, response);
    const isLines = response.headers["content-type"] === "application/x-ndjson";
    const body =
      response.body === ""
        ? {}
        : isLines
          ? { lines: response.body.split("\n").slice(0, -1) }
          : response.json<Answer["body"]>();
    return { status: response.statusCode, headers: response.headers, body };
  }
}

/** What a browser does: it keeps the cookie, says where a request comes from, and holds an access token in its page. */
export class Browser {
  cookie: string | undefined;
  accessToken = "";

  constructor(
    private readonly world: BackendWorld,
    readonly email = newEmail(),
  ) {}

  async signUp(more: object = {}): Promise<Answer> {
    return this.keep(await this.session("POST", "/signup", { email: this.email, password: PASSWORD, ...more }));
  }

  /** Opens the account with the link that was mailed. */
  async confirmSignUp(token: string, password = PASSWORD): Promise<Answer> {
    return this.keep(await this.session("POST", "/signup/confirm", { token, password }));
  }

  async logIn(password = PASSWORD): Promise<Answer> {
    return this.keep(await this.session("POST", "", { email: this.email, password }));
  }

  async renew(tenantId?: string): Promise<Answer> {
    return this.keep(await this.session("POST", "/token", tenantId === undefined ? {} : { tenantId }));
  }

  async logOut(): Promise<Answer> {
    return this.keep(await this.session("DELETE", ""));
  }

  /** A call of an API, with the access token of the page. */
  async ask(method: Method, url: string, payload?: object): Promise<Answer> {
    return await this.world.ask(method, url, payload, { authorization: `Bearer ${this.accessToken}` });
  }

  async session(method: Method, path: string, payload?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const cookie: Record<string, string> = this.cookie === undefined ? {} : { cookie: this.cookie };
    return await this.world.ask(method, `/auth/session${path}`, payload, {
      "sec-fetch-site": "same-origin",
      ...cookie,
      ...headers,
    });
  }

  private keep(answer: Answer): Answer {
    const set = answer.headers["set-cookie"];
    if (typeof set === "string") this.cookie = set.split(";", 1)[0];
    if (typeof answer.body.accessToken === "string") this.accessToken = answer.body.accessToken;
    return answer;
  }
}
