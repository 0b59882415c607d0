import type { Generated } from "kysely";

/** Tables of the schema `studio`. */
export interface StudioTables {
  "studio.tenants": { id: string; name: string; created_at: Generated<Date> };
  "studio.users": { id: string; email: string; password_hash: string; created_at: Generated<Date> };
  "studio.members": { tenant_id: string; user_id: string; role: "owner" | "member"; created_at: Generated<Date> };
  /** One log-in. Its refresh tokens are revoked together. */
  "studio.sessions": { id: string; user_id: string; created_at: Generated<Date>; revoked_at: Date | null };
  "studio.refresh_tokens": {
    token_hash: Buffer;
    session_id: string;
    expires_at: Date;
    used_at: Date | null;
    /** Together with the token it gives the next token; null if there is none. */
    successor_salt: Generated<Buffer | null>;
  };
}
