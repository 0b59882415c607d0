import type { Permission } from "@nexus/contract";
import type { TenantApi } from "../../api/tenant-api";
import type { Account, Tenant } from "../../api/types";

/** What every page of a tenant gets. */
export interface TenantPageProps {
  readonly account: Account;
  readonly tenant: Tenant;
  readonly api: TenantApi;
  /** Looks at the tenant again. */
  readonly reload: () => Promise<void>;
}

/** The pages of a tenant, in the order of their navigation, and the permission that each needs. */
export const tenantPages = {
  members: { path: "/members", needs: "tenant.read" },
  clusters: { path: "/clusters", needs: "clusters.read" },
  deployments: { path: "/deployments", needs: "deployments.read", hasParts: true },
  shared: { path: "/variables", needs: "deployments.read" },
  keys: { path: "/keys", needs: "keys.manage" },
  plan: { path: "/plan", needs: "plan.read" },
  audit: { path: "/audit", needs: "audit.read" },
  settings: { path: "/settings", needs: "tenant.read" },
} as const satisfies Record<string, PageAddress>;

interface PageAddress {
  readonly path: string;
  readonly needs: Permission;
  /** Whether things on the page have addresses of their own, one segment below it. */
  readonly hasParts?: boolean;
}

export type TenantPage = keyof typeof tenantPages;
export const tenantPageNames = Object.keys(tenantPages) as TenantPage[];

export const tenantPageAt = (path: string): TenantPage | undefined =>
  tenantPageNames.find((name) => {
    const page: PageAddress = tenantPages[name];
    return (
      path === page.path ||
      (page.hasParts === true && /^\/[^/]+$/.test(path.slice(page.path.length)) && path.startsWith(page.path))
    );
  });
