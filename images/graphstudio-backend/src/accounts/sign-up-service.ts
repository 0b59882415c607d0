import { type Logger, ServiceError } from "@nexus/service";
import type { BackendEnv } from "../env";
import type { Mailer } from "../mail/mailer";
import { hasAccountMail, signUpMail } from "../mail/messages";
import { type AccountStore, type NewAccount, nameFrom } from "../store/account-store";
import type { AddressStore } from "../store/address-store";
import { hashOfInvitation, type InvitationStore } from "../store/invitation-store";
import type { SignUpStore } from "../store/sign-up-store";
import type { Credentials } from "./account-service";
import type { AttemptLimits } from "./attempt-limits";
import { requireHardToGuess } from "./guessable";
import { hashPassword, type PasswordChecker } from "./passwords";

export interface SignUpServiceOptions {
  readonly accounts: AccountStore;
  readonly addresses: AddressStore;
  readonly signUps: SignUpStore;
  readonly invitations: InvitationStore;
  readonly passwords: PasswordChecker;
  readonly limits: AttemptLimits;
  /** Undefined where no mails are sent; then the answer tells whether an address has an account. */
  readonly mailer: Mailer | undefined;
  readonly signUp: BackendEnv["SIGN_UP"];
  readonly log: Logger;
}

export interface SignUp extends Credentials {
  /** The name of a tenant of one's own. */
  readonly tenantName?: string | undefined;
  /** The token of an invitation; without it the person gets a tenant of their own. */
  readonly invitation?: string | undefined;
}

/** What opens the account of somebody who got a link by mail. */
export interface SignUpAnswer {
  readonly token: string;
  /** That of the sign-up: whoever reads the mail of a stranger's sign-up must not get an account that the stranger knows. */
  readonly password: string;
}

/**
 * New accounts. Where mails are sent, an account is made once its person opened a link: a sign-up for an address that has an
 * account gets the same answer after the same work, and only the mail says something else.
 */
export class SignUpService {
  constructor(private readonly options: SignUpServiceOptions) {}

  /** @returns the new person; undefined where a link goes out */
  async begin({ email, password, tenantName, invitation }: SignUp): Promise<string | undefined> {
    const { invitations, mailer } = this.options;
    this.requireAllowed(invitation !== undefined);
    requireHardToGuess(password);
    const isProven = invitation !== undefined && (await invitations.proves(invitation, email));
    if (mailer && !isProven) {
      await this.options.limits.mail(email);
      if (invitation !== undefined) await invitations.requireFor(invitation, email);
    }
    const home =
      invitation === undefined
        ? { tenantName: tenantName ?? nameFrom(email) }
        : { invitation: hashOfInvitation(invitation) };
    const person = { email, passwordHash: await hashPassword(password), home, verified: false };
    if (!mailer || isProven) return await this.create(person);
    await this.mail(mailer, person);
    return undefined;
  }

  /** @returns the new person, who opened the link and knows the password of the sign-up */
  async confirm(address: string, { token, password }: SignUpAnswer): Promise<string> {
    const { signUps, passwords, limits } = this.options;
    const pending = await signUps.find(token);
    if (!pending) throw new ServiceError("link_invalid");
    this.requireAllowed("invitation" in pending.home);
    await limits.logIn(address, pending.email);
    if (!(await passwords.check(password, pending.passwordHash))) throw new ServiceError("credentials_invalid");
    const userId = await this.create({ ...pending, verified: true });
    await limits.forgive(address, pending.email);
    return userId;
  }

  private async create(person: NewAccount): Promise<string> {
    const { userId, tenantId } = await this.options.accounts.create(person);
    this.options.log.info({ userId, tenantId }, "account created");
    return userId;
  }

  private async mail(mailer: Mailer, person: NewAccount): Promise<void> {
    const { addresses, signUps } = this.options;
    const { email } = person;
    const token = await signUps.issue(person);
    const isKnown = await addresses.isTaken(email);
    // Not waited for: how long a mail takes would tell that there is an account.
    void mailer.send(
      isKnown
        ? hasAccountMail(email, mailer.page("/login"), mailer.page("/forgot-password"))
        : signUpMail(email, mailer.link("/confirm-sign-up", token)),
    );
  }

  private requireAllowed(isInvited: boolean): void {
    if (this.options.signUp === "invite" && !isInvited) throw new ServiceError("invitation_needed");
  }
}
