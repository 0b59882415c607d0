import { type Logger, ServiceError } from "@nexus/service";
import type { Mailer } from "../mail/mailer";
import { addressChangedMail, addressMail } from "../mail/messages";
import type { Address, AddressStore } from "../store/address-store";
import type { AttemptLimits } from "./attempt-limits";

export interface AddressServiceOptions {
  readonly addresses: AddressStore;
  /** Undefined where no mails are sent, so that no address can be proven. */
  readonly mailer: Mailer | undefined;
  readonly limits: AttemptLimits;
  readonly log: Logger;
}

/** Whether people read the mails of their addresses, and new addresses. No request waits for the mail server. */
export class AddressService {
  constructor(private readonly options: AddressServiceOptions) {}

  /** @returns the address, and whether it can be verified here */
  async look(userId: string): Promise<Address & { readonly mails: boolean }> {
    return { ...(await this.find(userId)), mails: this.options.mailer !== undefined };
  }

  /** Sends a link to a new person, unless their invitation already proved the address. */
  async welcome(userId: string): Promise<void> {
    const { email, verified } = await this.find(userId);
    if (this.options.mailer && !verified) await this.send(userId, email);
  }

  async sendAgain(userId: string): Promise<void> {
    this.requireMailer();
    const { email, verified } = await this.find(userId);
    if (verified) return;
    await this.options.limits.mail(email);
    await this.send(userId, email);
  }

  /** Sends a link to a new address. The answer does not reveal whether the address has an account. */
  async change(userId: string, email: string): Promise<void> {
    const { addresses, limits } = this.options;
    this.requireMailer();
    await limits.mail(email);
    const own = await this.find(userId);
    await this.send(userId, email, email === own.email || !(await addresses.isTaken(email)));
  }

  /** Confirms an address with the token of a link. Only the person whom the link is for can do this. */
  async prove(userId: string, token: string): Promise<void> {
    const { addresses, mailer, log } = this.options;
    const proven = await addresses.prove(userId, token);
    if (!proven) throw new ServiceError("link_invalid");
    const { email, before } = proven;
    log.info({ userId }, "address verified");
    if (email !== before) void mailer?.send(addressChangedMail(before, email));
  }

  private async find(userId: string): Promise<Address> {
    const address = await this.options.addresses.find(userId);
    if (!address) throw new ServiceError("unauthorized");
    return address;
  }

  private requireMailer(): void {
    if (!this.options.mailer) throw new ServiceError("mail_not_configured");
  }

  private async send(userId: string, email: string, isFree = true): Promise<void> {
    const { addresses, mailer } = this.options;
    const token = await addresses.issue(userId, email);
    if (isFree) void mailer?.send(addressMail(email, mailer.link("/confirm-address", token)));
  }
}
