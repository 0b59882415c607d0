import { type Logger, type Principal, ServiceError } from "@nexus/service";
import type { Account, AccountStore } from "../store/account-store";
import type { SessionStore } from "../store/session-store";
import type { AttemptLimits } from "./attempt-limits";
import { isGuessable } from "./guessable";
import { hashPassword, PasswordChecker } from "./passwords";

export interface AccountServiceOptions {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly limits: AttemptLimits;
  readonly sign: (principal: Principal) => Promise<string>;
  readonly accessSeconds: number;
  readonly log: Logger;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly user: UserView;
}

export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly tenantId: string;
  readonly role: Principal["role"];
}

/** Sign-up, log-in and sessions. */
export class AccountService {
  private readonly passwords = new PasswordChecker();

  constructor(private readonly options: AccountServiceOptions) {}

  async signUp({ email, password }: Credentials, tenantName: string | undefined): Promise<Tokens> {
    const { accounts, log } = this.options;
    if (isGuessable(password))
      throw new ServiceError("password_guessable", {
        errors: [{ field: "password", message: "choose a password that is harder to guess" }],
      });
    const account = await accounts.create({
      email,
      passwordHash: await hashPassword(password),
      tenantName: tenantName ?? email.slice(0, email.indexOf("@")),
    });
    log.info({ userId: account.userId, tenantId: account.tenantId }, "account created");
    return await this.tokens(account, await this.options.sessions.open(account.userId));
  }

  async logIn(address: string, { email, password }: Credentials): Promise<Tokens> {
    const { accounts, limits, log } = this.options;
    await limits.logIn(address, email);
    const account = await accounts.findByEmail(email);
    const matches = await this.passwords.check(password, account?.passwordHash);
    if (!account || !matches) {
      log.warn({ userId: account?.userId ?? null }, "log-in refused");
      throw new ServiceError("credentials_invalid");
    }
    await limits.forgive(address, email);
    return await this.tokens(account, await this.options.sessions.open(account.userId));
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    const rotation = await this.options.sessions.rotate(refreshToken);
    if (rotation.outcome === "reused") {
      this.options.log.warn(
        { userId: rotation.userId },
        "a refresh token was used again after its grace; its session is revoked",
      );
    }
    if (rotation.outcome !== "rotated") throw new ServiceError("refresh_invalid");
    const account = await this.options.accounts.findById(rotation.userId);
    if (!account) throw new ServiceError("refresh_invalid");
    return await this.tokens(account, rotation.refreshToken);
  }

  async logOut(refreshToken: string): Promise<void> {
    await this.options.sessions.close(refreshToken);
  }

  /** The account of a valid access token; it may have been deleted since. */
  async me(userId: string): Promise<UserView & { readonly tenantName: string }> {
    const account = await this.options.accounts.findById(userId);
    if (!account) throw new ServiceError("unauthorized");
    return { ...toView(account), tenantName: account.tenantName };
  }

  private async tokens(account: Account, refreshToken: string): Promise<Tokens> {
    const { userId, tenantId, role, email } = account;
    return {
      accessToken: await this.options.sign({ userId, tenantId, role, email }),
      refreshToken,
      expiresIn: this.options.accessSeconds,
      user: toView(account),
    };
  }
}

function toView({ userId, email, tenantId, role }: Account): UserView {
  return { id: userId, email, tenantId, role };
}
