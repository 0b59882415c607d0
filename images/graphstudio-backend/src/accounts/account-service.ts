import type { AuditAct } from "@nexus/contract";
import { accountSuspended, type Logger, type Principal, ServiceError } from "@nexus/service";
import type { Account, AccountStore } from "../store/account-store";
import type { AuditStore } from "../store/audit-store";
import type { SessionStore } from "../store/session-store";
import type { SubscriptionStore } from "../store/subscription-store";
import type { AttemptLimits } from "./attempt-limits";
import { requireHardToGuess } from "./guessable";
import { hashPassword, type PasswordChecker } from "./passwords";
import type { Prover, SecondFactorService } from "./second-factor-service";

export interface AccountServiceOptions {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly subscriptions: SubscriptionStore;
  readonly secondFactors: SecondFactorService;
  readonly passwords: PasswordChecker;
  readonly limits: AttemptLimits;
  readonly trails: AuditStore;
  readonly sign: (principal: Principal) => Promise<string>;
  readonly accessSeconds: number;
  readonly log: Logger;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface PasswordChange {
  /** The present one; empty for a person without one. */
  readonly password: string;
  readonly newPassword: string;
  /** Of the second factor, where it is on. */
  readonly code?: string | undefined;
}

/** What a sign-in that needs a second factor goes on with. */
export interface ChallengeAnswer {
  readonly challenge: string;
  readonly code: string;
}

/** What the APIs take, and for how long. */
export interface Access {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly user: UserView;
}

export interface Tokens extends Access {
  readonly refreshToken: string;
}

export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly tenantId: string;
  readonly role: Principal["role"];
}

/** Accounts, and the sessions of programs, which hold a refresh token. */
export class AccountService {
  constructor(private readonly options: AccountServiceOptions) {}

  async logIn(address: string, credentials: Credentials): Promise<Tokens> {
    return await this.open(await this.identify(address, credentials));
  }

  async answer(address: string, answer: ChallengeAnswer): Promise<Tokens> {
    return await this.open(await this.identifyBy(address, answer));
  }

  /** @returns who it is. Throws `second_factor_needed` for somebody who has one. */
  async identify(address: string, { email, password }: Credentials): Promise<string> {
    const { accounts, passwords, secondFactors, limits, trails, log } = this.options;
    await limits.logIn(address, email);
    const found = await accounts.credentialsOf(email);
    const matches = await passwords.check(password, found?.passwordHash);
    if (!found || !matches) {
      log.warn({ userId: found?.userId ?? null }, "log-in refused");
      await trails.record({ act: "sign-in", outcome: "failed" });
      throw new ServiceError("credentials_invalid");
    }
    await secondFactors.demand(found.userId);
    await limits.forgive(address, email);
    return found.userId;
  }

  /** @returns who it is, by the second factor that `identify` asked for */
  async identifyBy(address: string, { challenge, code }: ChallengeAnswer): Promise<string> {
    const { secondFactors, limits } = this.options;
    const { userId, email } = await secondFactors.answer(address, challenge, code);
    await limits.forgive(address, email);
    return userId;
  }

  async refresh(refreshToken: string, chosenTenantId: string | undefined): Promise<Tokens> {
    const rotation = await this.options.sessions.rotate(refreshToken, chosenTenantId);
    if (rotation.outcome === "reused") {
      this.options.log.warn(
        { userId: rotation.userId },
        "a refresh token was used again after its grace; its session is revoked",
      );
    }
    if (rotation.outcome === "not_a_member") throw new ServiceError("tenant_not_found");
    if (rotation.outcome !== "rotated") throw new ServiceError("refresh_invalid");
    return await this.tokens(await this.account(rotation.userId, rotation.tenantId), rotation.refreshToken);
  }

  async changePassword(address: string, userId: string, change: PasswordChange): Promise<void> {
    const { accounts, secondFactors, log } = this.options;
    const { password, newPassword, code } = change;
    const person = await this.prove(address, userId, password, "password.changed");
    requireHardToGuess(newPassword, "newPassword");
    await secondFactors.require(person, code);
    await accounts.setPassword(userId, await hashPassword(newPassword));
    log.info({ userId }, "password changed");
  }

  /**
   * For what an access token alone must not do: with the present password, or for a person without one with a sign-in of
   * the last minutes. @param act what is about to be done
   */
  async prove(address: string, userId: string, password: string, act: AuditAct): Promise<Prover> {
    const { accounts, passwords, limits, trails, sessions } = this.options;
    const { email } = await this.person(userId);
    await limits.logIn(address, email);
    const passwordHash = (await accounts.credentialsOf(email))?.passwordHash;
    const hasPassword = passwordHash !== undefined;
    const isProven = hasPassword ? await passwords.check(password, passwordHash) : await sessions.hasFresh(userId);
    if (!isProven) {
      await trails.record({ act, outcome: "failed", target: { userId } });
      throw new ServiceError(hasPassword ? "credentials_invalid" : "fresh_sign_in_needed");
    }
    await limits.forgive(address, email);
    return { userId, email, address };
  }

  async logOut(refreshToken: string): Promise<void> {
    await this.options.sessions.close(refreshToken);
  }

  /** The account of a valid access token; it may have been deleted since. */
  async me({ userId, tenantId }: Principal) {
    const account = await this.account(userId, tenantId);
    const { tenantName, tenantSuspended = null, platformAdmin = false } = account;
    return { ...toView(account), tenantName, tenantSuspended, platformAdmin };
  }

  async person(userId: string): Promise<Pick<Account, "userId" | "email">> {
    const { email } = await this.account(userId, null);
    return { userId, email };
  }

  /** A person in the tenant that they chose; throws where the person is suspended. */
  async account(userId: string, chosenTenantId: string | null): Promise<Account> {
    const account = await this.options.accounts.find(userId, chosenTenantId);
    if (!account) throw new ServiceError("unauthorized");
    if (account.suspended) throw accountSuspended(account.suspended);
    return account;
  }

  async access(account: Account): Promise<Access> {
    const { userId, tenantId, role, email } = account;
    const { subscriptions } = this.options;
    return {
      accessToken: await this.options.sign({
        userId,
        tenantId,
        role,
        email,
        plan: await subscriptions.planOf(tenantId),
      }),
      expiresIn: this.options.accessSeconds,
      user: toView(account),
    };
  }

  /** A session of somebody who has shown who they are. */
  async open(userId: string): Promise<Tokens> {
    const account = await this.account(userId, null);
    return await this.tokens(account, await this.options.sessions.open(userId));
  }

  private async tokens(account: Account, refreshToken: string): Promise<Tokens> {
    return { ...(await this.access(account)), refreshToken };
  }
}

function toView({ userId, email, tenantId, role }: Account): UserView {
  return { id: userId, email, tenantId, role };
}
