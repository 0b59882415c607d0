import type { ApiClient } from "./client";
import { ApiError } from "./problem";
import type {
  AiUsage,
  ApiKey,
  AuditFilter,
  AuditPage,
  AuditVerdict,
  KernelUsage,
  MadeApiKey,
  NewApiKey,
  Subscription,
} from "./tenant-types";
import type { Invitation, MadeInvitation, Member, Page, Role, Tenant } from "./types";

const queryOf = (values: Readonly<Record<string, string | undefined>>) =>
  new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : []))).toString();

/** The calls of the pages of one tenant. */
export class TenantApi {
  private readonly path: string;

  constructor(
    private readonly client: ApiClient,
    tenantId: string,
  ) {
    this.path = `/account/tenants/${encodeURIComponent(tenantId)}`;
  }

  find(signal?: AbortSignal): Promise<Tenant> {
    return this.client.request("GET", this.path, { signal });
  }

  async rename(name: string): Promise<void> {
    await this.client.request("PUT", this.path, { body: { name } });
  }

  /** @param find only members with this in their address @param after `next` of the page before */
  members(find: string, after?: string, signal?: AbortSignal): Promise<Page<Member>> {
    return this.client.request("GET", `${this.path}/members?${queryOf({ find, after })}`, { signal });
  }

  /** @param code of the second factor of whoever makes an owner and has one */
  async setRole(userId: string, role: Role, code?: string): Promise<void> {
    await this.client.request("PUT", `${this.path}/members/${userId}`, { body: { role, code } });
  }

  async removeMember(userId: string): Promise<void> {
    await this.client.request("DELETE", `${this.path}/members/${userId}`);
  }

  /** The open ones. */
  invitations(signal?: AbortSignal): Promise<readonly Invitation[]> {
    return this.client.list(`${this.path}/invitations`, signal);
  }

  /** `code` is of the second factor of whoever invites an owner and has one. */
  invite(invitation: {
    readonly role: Role;
    readonly email?: string | undefined;
    readonly code?: string | undefined;
  }): Promise<MadeInvitation> {
    return this.client.request("POST", `${this.path}/invitations`, { body: invitation });
  }

  async withdraw(invitationId: string): Promise<void> {
    await this.client.request("DELETE", `${this.path}/invitations/${invitationId}`);
  }

  async requireSecondFactor(required: boolean): Promise<void> {
    await this.client.request("PUT", `${this.path}/second-factor`, { body: { required } });
  }

  /** The newest first. @param after `next` of the page before */
  keys(after?: string, signal?: AbortSignal): Promise<Page<ApiKey>> {
    return this.client.request("GET", `${this.path}/keys?${queryOf({ after })}`, { signal });
  }

  makeKey(key: NewApiKey): Promise<MadeApiKey> {
    return this.client.request("POST", `${this.path}/keys`, { body: key });
  }

  async revokeKey(id: string): Promise<void> {
    await this.client.request("DELETE", `${this.path}/keys/${id}`);
  }

  subscription(days: number, signal?: AbortSignal): Promise<Subscription> {
    return this.client.request("GET", `${this.path}/subscription?days=${days}`, { signal });
  }

  async choosePlan(plan: string): Promise<void> {
    await this.client.request("PUT", `${this.path}/subscription`, { body: { plan } });
  }

  /** What the kernel counts for the tenant of the session. */
  usage(days: number, signal?: AbortSignal): Promise<KernelUsage> {
    return this.client.request("GET", `/api/v1/usage?days=${days}`, { signal });
  }

  /** The AI tokens of today; undefined where there is no AI service, or it does not answer. */
  async aiUsage(signal?: AbortSignal): Promise<AiUsage | undefined> {
    try {
      return await this.client.request<AiUsage>("GET", "/ai/v1/usage", { signal });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.passes)) return undefined;
      throw error;
    }
  }

  /** Rows of the audit trail, the newest first. @param before `next` of the page before */
  auditRows(filter: AuditFilter, before?: number, signal?: AbortSignal): Promise<AuditPage> {
    const query = queryOf({ ...filter, before: before?.toString() });
    return this.client.request("GET", `${this.path}/audit/rows?${query}`, { signal });
  }

  checkTrail(): Promise<AuditVerdict> {
    return this.client.request("GET", `${this.path}/audit/check`);
  }

  /** The whole audit trail, as JSON lines. */
  exportTrail(): Promise<Blob> {
    return this.client.download(`${this.path}/audit`);
  }
}
