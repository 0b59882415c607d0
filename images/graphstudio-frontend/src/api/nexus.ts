import { accountOf } from "./brought-token";
import type { ApiClient } from "./client";
import { type PanelListener, PanelSocket } from "./panel-socket";
import { ApiError } from "./problem";
import type { SessionChannel } from "./session-channel";
import type { TokenStore } from "./token-store";
import type { Account, Execution, Offer, SignUpState, Tenant, Tokens, Workspace } from "./types";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

interface WorkspacePage {
  readonly items: readonly Workspace[];
  /** Where the rest begins; nothing at the end. */
  readonly next?: string | null;
}

export type Entrance = "account" | "token" | "open";

const workspacePath = (id: string) => `/api/v1/workspaces/${encodeURIComponent(id)}`;

/** Every call the studio makes. */
export class Nexus {
  constructor(
    private readonly client: ApiClient,
    private readonly tokens: TokenStore,
    private readonly tabs: SessionChannel,
  ) {}

  get hasSession(): boolean {
    return this.tokens.refreshToken !== null;
  }

  /** Shares the session with its other tabs until the returned function is called. */
  followTabs(onLogOut: () => void): () => void {
    return this.tabs.open(onLogOut);
  }

  async signUp(account: Credentials & { readonly tenantName?: string; readonly invitation?: string }): Promise<void> {
    this.tokens.set(await this.client.request<Tokens>("POST", "/auth/signup", { body: account, authenticated: false }));
  }

  /** Who may make an account; what nobody says counts as everybody, and sign-up itself refuses then. */
  async signUpState(): Promise<SignUpState> {
    const path = "/auth/signup";
    const { state } = await this.client.request<{ state?: SignUpState }>("GET", path, { authenticated: false });
    return state ?? "open";
  }

  async logIn(credentials: Credentials): Promise<void> {
    this.tokens.set(
      await this.client.request<Tokens>("POST", "/auth/login", { body: credentials, authenticated: false }),
    );
  }

  /**
   * Ends the session in its tabs at once and tells the server. If the server cannot be reached, the token expires by
   * itself.
   */
  async logOut(): Promise<void> {
    const { refreshToken } = this.tokens;
    this.tabs.tellLogOut();
    this.tokens.clear();
    if (!refreshToken) return;
    await this.client
      .request("POST", "/auth/logout", { body: { refreshToken }, authenticated: false })
      .catch(() => undefined);
  }

  /** What the link of an invitation is for. */
  look(token: string): Promise<Offer> {
    return this.client.request("POST", "/account/invitations/look", { body: { token }, authenticated: false });
  }

  /** Joins a tenant and goes over to it. */
  async join(token: string): Promise<void> {
    const { id } = await this.client.request<Tenant>("POST", "/account/invitations/accept", { body: { token } });
    await this.goTo(id);
  }

  async tenants(signal?: AbortSignal): Promise<readonly Tenant[]> {
    const { items } = await this.client.request<{ items: readonly Tenant[] }>("GET", "/account/tenants", { signal });
    return items;
  }

  /** Goes over to another tenant, in all tabs of the session. */
  async goTo(tenantId: string): Promise<void> {
    const body = { refreshToken: this.tokens.refreshToken, tenantId };
    this.tokens.set(await this.client.request<Tokens>("POST", "/auth/refresh", { body, authenticated: false }));
    this.tabs.tellTokens();
  }

  /** Asks for a link for a new password by mail. */
  async forgetPassword(email: string): Promise<void> {
    await this.client.request("POST", "/auth/password/forget", { body: { email }, authenticated: false });
  }

  /** Sets a new password with the token of such a link. */
  async resetPassword(token: string, password: string): Promise<void> {
    await this.client.request("POST", "/auth/password/reset", { body: { token, password }, authenticated: false });
  }

  account(): Promise<Account> {
    return this.client.request("GET", "/account/me");
  }

  /** How people log in: with an account, with a token of another issuer, or not at all. */
  async entrance(): Promise<Entrance> {
    const refusal = await this.client
      .request("GET", "/account/me", { authenticated: false })
      .catch((error: unknown) => (error instanceof ApiError ? error.code : undefined));
    if (refusal !== "accounts_unavailable") return "account";
    const { auth } = await this.client.request<{ auth?: string }>("GET", "/health", { authenticated: false });
    return auth === "none" ? "open" : "token";
  }

  /** Logs in with a token of another issuer, if the kernel accepts it. */
  async bring(token: string): Promise<Account> {
    this.tokens.bring(token);
    await this.workspaces();
    return accountOf(token);
  }

  /** All of them, page by page. */
  async workspaces(signal?: AbortSignal): Promise<readonly Workspace[]> {
    const all: Workspace[] = [];
    for (let query = ""; ;) {
      const path = `/api/v1/workspaces${query}`;
      const { items, next } = await this.client.request<WorkspacePage>("GET", path, { signal });
      all.push(...items);
      if (!next) return all;
      query = `?after=${encodeURIComponent(next)}`;
    }
  }

  workspace(id: string, signal?: AbortSignal): Promise<Workspace> {
    return this.client.request("GET", workspacePath(id), { signal });
  }

  /** Bytes of memory that each workspace may have; undefined if the kernel does not say. */
  async memoryLimit(): Promise<number | undefined> {
    const { runtime } = await this.client.request<{ runtime?: { workspaceMemoryLimitBytes?: number } }>(
      "GET",
      "/health",
      { authenticated: false },
    );
    return runtime?.workspaceMemoryLimitBytes;
  }

  createWorkspace(name: string): Promise<Workspace> {
    return this.client.change("POST", "/api/v1/workspaces", { name });
  }

  deleteWorkspace(id: string): Promise<void> {
    return this.client.change("DELETE", workspacePath(id));
  }

  /** Follows the panels of a workspace until the subscription is closed or ends. */
  watchPanels(workspaceId: string, listener: PanelListener): PanelSocket {
    const url = `${window.location.origin.replace(/^http/, "ws")}/panels`;
    return new PanelSocket({ workspaceId, url, token: (fresh) => this.client.token(fresh), ...listener });
  }

  resumeWorkspace(id: string): Promise<Workspace> {
    return this.client.change("POST", `${workspacePath(id)}/resume`);
  }

  execute(id: string, code: string, idempotencyKey: string): Promise<Execution> {
    return this.client.change("POST", `${workspacePath(id)}/execute`, { code }, idempotencyKey);
  }
}
