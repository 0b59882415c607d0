import { accountOf } from "./brought-token";
import { Administration } from "./administration";
import type { ApiClient } from "./client";
import { Clusters } from "./clusters";
import { Deletions, type Proof } from "./deletions";
import { Deployments } from "./deployments";
import { DocumentApi } from "./document";
import { type PanelListener, PanelSocket } from "./panel-socket";
import { ApiError } from "./problem";
import { Projects } from "./projects";
import { type Credentials, Security } from "./security";
import type { SessionChannel, SessionNews } from "./session-channel";
import { SharedVariables } from "./shared-variables";
import { TenantApi } from "./tenant-api";
import type { TokenStore } from "./token-store";
import type { Account, LogInSession, Offer, OwnWays, SignInWays, SignUpState, Tenant, Workspace } from "./types";

export type Entrance = "account" | "token" | "open";

const workspacePath = (id: string) => `/api/v1/workspaces/${encodeURIComponent(id)}`;

/** Every call the studio makes. */
export class Nexus {
  readonly administration: Administration;
  readonly clusters: Clusters;
  readonly deletions: Deletions;
  readonly deployments: Deployments;
  readonly projects: Projects;
  readonly security: Security;
  readonly sharedVariables: SharedVariables;

  constructor(
    private readonly client: ApiClient,
    private readonly tokens: TokenStore,
    private readonly tabs: SessionChannel,
  ) {
    this.administration = new Administration(client);
    this.clusters = new Clusters(client);
    this.deletions = new Deletions(client);
    this.deployments = new Deployments(client);
    this.projects = new Projects(client);
    this.security = new Security(client);
    this.sharedVariables = new SharedVariables(client);
  }

  /**
   * Hears of the session from the other tabs until the returned function is called. The access token of this tab is
   * forgotten before.
   */
  followTabs(onNews: (news: SessionNews) => void): () => void {
    return this.tabs.open((news) => {
      this.tokens.clear();
      onNews(news);
    });
  }

  /** @returns false where a link was mailed: the account begins with it */
  async signUp(
    account: Credentials & { readonly tenantName?: string; readonly invitation?: string },
  ): Promise<boolean> {
    return await this.start("/signup", account);
  }

  /** Opens the account with the token of that link. */
  async confirmSignUp(token: string, password: string): Promise<void> {
    await this.start("/signup/confirm", { token, password });
  }

  /** Who may create an account. If the answer does not say, everybody is assumed; sign-up itself still refuses. */
  async signUpState(): Promise<SignUpState> {
    const path = "/auth/signup";
    const { state } = await this.client.request<{ state?: SignUpState }>("GET", path, { authenticated: false });
    return state ?? "open";
  }

  signInWays(): Promise<SignInWays> {
    return this.client.request("GET", "/auth/ways", { authenticated: false });
  }

  ownWays(): Promise<OwnWays> {
    return this.client.request("GET", "/account/ways");
  }

  /** @returns where the identity provider is */
  async beginOidc(): Promise<string> {
    const path = "/auth/session/oidc";
    return (await this.client.request<{ url: string }>("POST", path, { authenticated: false })).url;
  }

  /** Logs in with the answer of the identity provider. @returns as {@link logIn} */
  async finishOidc(answer: string): Promise<string | undefined> {
    return await this.begin("/oidc/answer", { answer });
  }

  /** @returns the challenge of a log-in that needs a second factor; undefined for one that is done */
  async logIn(credentials: Credentials): Promise<string | undefined> {
    return await this.begin("", credentials);
  }

  /** Goes on with a log-in. */
  async answer(challenge: string, code: string): Promise<void> {
    await this.start("/second-factor", { challenge, code });
  }

  /** Logs out, in all tabs. */
  async logOut(): Promise<void> {
    if (this.tokens.isBrought) return this.tokens.clear();
    this.tabs.tell("ended");
    await this.client.logOut();
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

  tenants(signal?: AbortSignal): Promise<readonly Tenant[]> {
    return this.client.list("/account/tenants", signal);
  }

  /** Switches all tabs to another tenant. Without a tenant, reads the user's present role and address again. */
  async goTo(tenantId?: string): Promise<void> {
    await this.start("/token", { tenantId });
  }

  tenant(id: string): TenantApi {
    return new TenantApi(this.client, id);
  }

  sessions(signal?: AbortSignal): Promise<readonly LogInSession[]> {
    return this.client.list("/account/sessions", signal);
  }

  async endSession(id: string): Promise<void> {
    await this.client.request("DELETE", `/account/sessions/${id}`);
  }

  /** Ends all sessions of the user, this one too. */
  async endAllSessions(): Promise<void> {
    await this.client.request("DELETE", "/account/sessions");
    await this.logOut();
  }

  /** Changes the password, which ends all sessions, and logs this browser in again. @returns as {@link logIn} */
  async changePassword(email: string, proof: Proof, newPassword: string): Promise<string | undefined> {
    await this.client.request("PUT", "/account/password", { body: { ...proof, newPassword } });
    return await this.logIn({ email, password: newPassword });
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

  /** Enters with the session of the browser. Without one, returns how people log in here. */
  async arrive(): Promise<"session" | Entrance> {
    try {
      await this.client.renew();
      return "session";
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 404)) throw error;
      if (error.code !== "accounts_unavailable") return "account";
    }
    const { auth } = await this.client.request<{ auth?: string }>("GET", "/health", { authenticated: false });
    return auth === "none" ? "open" : "token";
  }

  /** Logs in with a token of another issuer, if the kernel accepts it. */
  async bring(token: string): Promise<Account> {
    this.tokens.bring(token);
    await this.workspaces();
    return accountOf(token);
  }

  workspaces(signal?: AbortSignal): Promise<readonly Workspace[]> {
    return this.client.list("/api/v1/workspaces", signal);
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

  /** Unloads it until it is resumed; its variables are kept. */
  stopWorkspace(id: string): Promise<Workspace> {
    return this.client.change("POST", `${workspacePath(id)}/stop`);
  }

  resumeWorkspace(id: string): Promise<Workspace> {
    return this.client.change("POST", `${workspacePath(id)}/resume`);
  }

  document(workspaceId: string): DocumentApi {
    return new DocumentApi(this.client, workspaceId);
  }

  private async begin(path: string, proof: object): Promise<string | undefined> {
    try {
      await this.start(path, proof);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.problem.challenge !== undefined) return error.problem.challenge;
      throw error;
    }
  }

  private async start(path: string, body: unknown): Promise<boolean> {
    const isOpen = await this.client.start("POST", path, body);
    if (isOpen) this.tabs.tell("entered");
    return isOpen;
  }
}
