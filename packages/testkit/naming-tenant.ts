const HEADERS = [
  "tenant-id",
  "x-tenant",
  "x-tenant-id",
  "x-nexus-tenant",
  "x-nexus-tenant-id",
  "x-org-id",
  "x-organization-id",
];
const FIELDS = ["tenant", "tenantId", "tenant_id", "tid", "org_id"];
const OTHERS = { "x-role": "owner", "x-nexus-role": "owner", "x-forwarded-prefix": "/account/platform" };

/** Ways in which a request could name the tenant that it is for. Only the token, or the path, says that. */
export function naming(tenantId: string, userId: string) {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, tenantId]));
  return {
    headers: {
      ...Object.fromEntries(HEADERS.map((name) => [name, tenantId])),
      "x-user-id": userId,
      "x-forwarded-user": userId,
      ...OTHERS,
    } as Readonly<Record<string, string>>,
    fields: fields as Readonly<Record<string, string>>,
    addQuery: (url: string) => `${url}${url.includes("?") ? "&" : "?"}${new URLSearchParams(fields).toString()}`,
  };
}
