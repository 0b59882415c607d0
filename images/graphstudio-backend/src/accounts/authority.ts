import { hkdfSync, randomUUID } from "node:crypto";
import { isError, type Logger, ServiceError } from "@nexus/service";
import { APIError, type DBAdapterInstance } from "better-auth";
import { betterAuth } from "better-auth/minimal";
import { bearer } from "better-auth/plugins/bearer";
import { hashPassword } from "./passwords";

export interface AuthorityOptions {
  readonly tables: DBAdapterInstance;
  /** The key that signs access tokens; what better-auth signs is signed with a key made from it. */
  readonly key: string;
  readonly sessionSeconds: number;
  /** Passes on how somebody gets a new password. */
  readonly onForgotten: (email: string, token: string) => void;
  /** Called once somebody has a new password; the sessions of their browsers have ended. */
  readonly onReset: (userId: string) => Promise<void>;
  readonly log: Logger;
}

/** Who logs in, as far as the list of sessions shows it. */
export interface Client {
  readonly address: string;
  readonly userAgent: string | undefined;
}

export interface BrowserSession {
  readonly id: string;
  readonly userId: string;
  /** The tenant that the session works in; null where it never chose one. */
  readonly tenantId: string | null;
  readonly expiresAt: Date;
}

const RESET_SECONDS = 3600;
/** How often the end of a session that is in use is moved. */
const RENEW_SECONDS = 86_400;

/**
 * Sessions of browsers and new passwords by mail, which better-auth keeps. Its own routes are not served: ours
 * call it, so that limits, errors and the OpenAPI document are those of all services.
 */
export class Authority {
  private readonly auth: ReturnType<typeof createAuth>;

  constructor(options: AuthorityOptions) {
    this.auth = createAuth(options);
  }

  /** Opens a session for somebody who has shown who they are. @returns its token */
  async open(userId: string, { address, userAgent }: Client): Promise<string> {
    const { internalAdapter } = await this.auth.$context;
    const about = { ipAddress: address, userAgent: userAgent ?? "" };
    return (await internalAdapter.createSession(userId, false, about)).token;
  }

  async session(token: string): Promise<BrowserSession | undefined> {
    const found = await known(this.auth.api.getSession({ headers: bearing(token) }));
    if (!found) return undefined;
    const { id, userId, tenantId, expiresAt } = found.session;
    return { id, userId, tenantId: tenantId ?? null, expiresAt };
  }

  /** Mails a link for a new password. The answer does not reveal whether the address has an account. */
  async forget(email: string): Promise<void> {
    await known(this.auth.api.requestPasswordReset({ body: { email } }));
  }

  /** Sets a new password with a token of `onForgotten`, once. */
  async reset(token: string, newPassword: string): Promise<void> {
    await known(this.auth.api.resetPassword({ body: { token, newPassword } }));
  }
}

const bearing = (token: string) => new Headers({ authorization: `Bearer ${token}` });

/** Answers of better-auth, with its errors as ours. */
async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw toKnown(error);
  }
}

function toKnown(error: unknown): unknown {
  if (!(error instanceof APIError)) return error;
  switch (error.body?.code) {
    case "INVALID_TOKEN":
    case "USER_NOT_FOUND":
      return new ServiceError("reset_invalid");
    // The log has the cause. A session depends on nothing but the database.
    case "FAILED_TO_GET_SESSION":
      return new ServiceError("database_unavailable", { retryAfterSeconds: 2, cause: error });
    default:
      return new ServiceError("internal", { cause: error });
  }
}

/** Names of our columns are in snake case. */
const times = { createdAt: "created_at", updatedAt: "updated_at" };
const owner = { userId: "user_id" };

function createAuth({ tables, key, sessionSeconds, onForgotten, onReset, log }: AuthorityOptions) {
  return betterAuth({
    database: tables,
    secret: Buffer.from(hkdfSync("sha256", key, "", "nexus better-auth", 32)).toString("base64url"),
    // We make the links ourselves, but better-auth requires an address.
    baseURL: "http://localhost",
    emailAndPassword: {
      enabled: true,
      password: { hash: hashPassword },
      maxPasswordLength: 256,
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      revokeSessionsOnPasswordReset: true,
      // Not waited for: how long a mail takes would tell that there is an account.
      sendResetPassword: async ({ user, token }) => onForgotten(user.email, token),
      onPasswordReset: ({ user }) => onReset(user.id),
    },
    plugins: [bearer()],
    user: { modelName: "users", fields: { emailVerified: "email_verified", ...times } },
    session: {
      modelName: "browser_sessions",
      fields: { ...owner, ...times, expiresAt: "expires_at", ipAddress: "ip_address", userAgent: "user_agent" },
      additionalFields: { tenantId: { type: "string", required: false, fieldName: "tenant_id", input: false } },
      expiresIn: sessionSeconds,
      updateAge: Math.min(RENEW_SECONDS, sessionSeconds / 2),
    },
    account: {
      modelName: "identities",
      fields: {
        ...owner,
        ...times,
        accountId: "account_id",
        providerId: "provider_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
      },
    },
    verification: {
      modelName: "verifications",
      fields: { ...times, expiresAt: "expires_at" },
      storeIdentifier: "hashed",
    },
    advanced: {
      database: { generateId: () => randomUUID() },
    },
    // Attempts are limited before better-auth is asked, for all pods together.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: "error",
      log: (_level, message, ...about) => log.error({ error: about.find((one) => isError(one)) }, message),
    },
  });
}
