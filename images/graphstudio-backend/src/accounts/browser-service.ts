import { type Logger, ServiceError } from "@nexus/service";
import type { AuditStore } from "../store/audit-store";
import type { BrowserSessionStore } from "../store/browser-session-store";
import type { Access, AccountService, Credentials, SignUp } from "./account-service";
import type { AttemptLimits } from "./attempt-limits";
import type { Authority, BrowserSession, Client } from "./authority";

export interface BrowserServiceOptions {
  readonly accounts: AccountService;
  readonly authority: Authority;
  readonly sessions: BrowserSessionStore;
  readonly limits: AttemptLimits;
  readonly trails: AuditStore;
  readonly log: Logger;
}

/** What a browser gets: access for the page, and the session's token for the cookie, which no script can read. */
export interface BrowserAccess {
  readonly access: Access;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** better-auth makes them so; anything else is not looked for. */
const SESSION_TOKEN = /^[A-Za-z0-9]{32}$/;

/** Sessions of browsers: one cookie for all tabs. */
export class BrowserService {
  constructor(private readonly options: BrowserServiceOptions) {}

  async signUp(client: Client, person: SignUp): Promise<BrowserAccess> {
    await this.options.accounts.create(person);
    return await this.open(client, person);
  }

  async logIn(client: Client, credentials: Credentials): Promise<BrowserAccess> {
    const { limits, log, trails } = this.options;
    await limits.logIn(client.address, credentials.email);
    const opened = await this.open(client, credentials).catch(async (error: unknown) => {
      if (error instanceof ServiceError && error.code === "credentials_invalid") {
        log.warn("log-in refused");
        await trails.record({ act: "sign-in", outcome: "failed" });
      }
      throw error;
    });
    await limits.forgive(client.address, credentials.email);
    await this.options.sessions.deleteExpired(opened.access.user.id);
    return opened;
  }

  /** A new access token; with a tenant the session goes over to it, in all tabs. */
  async renew(token: string | undefined, chosenTenantId: string | undefined): Promise<BrowserAccess> {
    const session = await this.session(token);
    if (!token || !session) throw new ServiceError("session_invalid");
    if (chosenTenantId !== undefined && !(await this.options.sessions.choose(session.id, chosenTenantId)))
      throw new ServiceError("tenant_not_found");
    return await this.present(token, { ...session, tenantId: chosenTenantId ?? session.tenantId });
  }

  async logOut(token: string | undefined): Promise<void> {
    if (token && SESSION_TOKEN.test(token)) await this.options.sessions.end(token);
  }

  private async session(token: string | undefined): Promise<BrowserSession | undefined> {
    return token && SESSION_TOKEN.test(token) ? await this.options.authority.session(token) : undefined;
  }

  private async open(client: Client, credentials: Credentials): Promise<BrowserAccess> {
    const { email, password } = credentials;
    const token = await this.options.authority.logIn({ email, password }, client);
    return await this.renew(token, undefined);
  }

  private async present(sessionToken: string, { userId, tenantId, expiresAt }: BrowserSession): Promise<BrowserAccess> {
    const { accounts } = this.options;
    const access = await accounts.access(await accounts.account(userId, tenantId));
    return { access, sessionToken, expiresAt };
  }
}
