import { randomUUID } from "node:crypto";
import { studioUrl } from "./deployment";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

const PASSWORD = "correct horse battery staple";

async function send(method: Method, path: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  const response = await fetch(await studioUrl(path), {
    method,
    headers: { ...headers, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
}

/** A customer of the platform, who reaches everything through the studio's one address. */
export class Account {
  private constructor(
    private readonly email: string,
    private tokens: Tokens,
    private endsAt: number,
  ) {}

  public static async signUp(): Promise<Account> {
    const email = `${randomUUID()}@example.com`;
    const tokens = await this.ask("/auth/signup", { email, password: PASSWORD });
    return new Account(email, tokens, Date.now() + tokens.expiresIn * 1000);
  }

  private static async ask(path: "/auth/signup" | "/auth/login" | "/auth/refresh", known: object): Promise<Tokens> {
    const { status, body } = await send("POST", path, {}, known);
    if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return body as unknown as Tokens;
  }

  /** A token that is valid for at least a minute. */
  public async token(): Promise<string> {
    if (Date.now() > this.endsAt - 60_000) await this.logIn();
    return this.tokens.accessToken;
  }

  public async logIn(): Promise<void> {
    this.endsAt = Number.POSITIVE_INFINITY;
    this.tokens = await Account.ask("/auth/login", { email: this.email, password: PASSWORD });
    this.endsAt = Date.now() + this.tokens.expiresIn * 1000;
  }

  /** Gets the session's next token, signed now. */
  public async renew(): Promise<void> {
    const { refreshToken } = this.tokens;
    this.tokens = await Account.ask("/auth/refresh", { refreshToken });
  }

  /** The answer to a request with some token. */
  public static async listWith(token: string): Promise<Answer> {
    return send("GET", "/api/v1/workspaces", { authorization: `Bearer ${token}` });
  }

  /** Sends a request once, without a retry. */
  public async call(method: Method, path: string, body?: object, idempotencyKey?: string): Promise<Answer> {
    const key: Record<string, string> = idempotencyKey ? { "idempotency-key": idempotencyKey } : {};
    const headers = { authorization: `Bearer ${await this.token()}`, ...key };
    return send(method, `/api/v1/workspaces${path}`, headers, body);
  }

  public async create(name: string): Promise<string> {
    const { status, body } = await this.call("POST", "", { name });
    if (status !== 201) throw new Error(`a workspace was not created: ${status} ${JSON.stringify(body)}`);
    return String(body.id);
  }

  /** Runs a cell; fails if it was not acknowledged. */
  public async run(id: string, code: string): Promise<Answer["body"]> {
    const { status, body } = await this.call("POST", `/${id}/execute`, { code });
    if (status !== 200 || body.error) throw new Error(`a cell was not run: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  public async workspace(id: string): Promise<Answer["body"]> {
    return (await this.call("GET", `/${id}`)).body;
  }
}

/** Creates workspaces, a few at a time. */
export async function createWorkspaces(account: Account, count: number, name: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const batch = Math.min(10, count - ids.length);
    ids.push(...(await Promise.all(Array.from({ length: batch }, () => account.create(name)))));
  }
  return ids;
}
