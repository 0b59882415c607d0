import { ServiceError } from "@nexus/service";
import type { BrowserSessionStore } from "../store/browser-session-store";
import type { Access, AccountService, ChallengeAnswer, Credentials } from "./account-service";
import type { Authority, BrowserSession, Client } from "./authority";

export interface BrowserServiceOptions {
  readonly accounts: AccountService;
  readonly authority: Authority;
  readonly sessions: BrowserSessionStore;
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

  async logIn(client: Client, credentials: Credentials): Promise<BrowserAccess> {
    return await this.open(client, await this.options.accounts.identify(client.address, credentials));
  }

  async answer(client: Client, answer: ChallengeAnswer): Promise<BrowserAccess> {
    return await this.open(client, await this.options.accounts.identifyBy(client.address, answer));
  }

  /** A session of somebody who has shown who they are. */
  async open(client: Client, userId: string): Promise<BrowserAccess> {
    const { accounts, authority, sessions } = this.options;
    // Throws for somebody who is suspended, who gets no session.
    await accounts.account(userId, null);
    await sessions.deleteExpired(userId);
    return await this.renew(await authority.open(userId, client), undefined);
  }

  /** Whose session it is; undefined for one that does not count. */
  async userOf(token: string | undefined): Promise<string | undefined> {
    return (await this.session(token))?.userId;
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

  private async present(sessionToken: string, { userId, tenantId, expiresAt }: BrowserSession): Promise<BrowserAccess> {
    const { accounts } = this.options;
    const access = await accounts.access(await accounts.account(userId, tenantId));
    return { access, sessionToken, expiresAt };
  }
}
