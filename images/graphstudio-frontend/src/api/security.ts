import type { ApiClient } from "./client";
import type { AddressState, NewSecret, SecondFactorState } from "./types";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

const SECOND_FACTOR = "/account/second-factor";
const ADDRESS = "/account/address";

/** The second factor and the address of a person. */
export class Security {
  constructor(private readonly client: ApiClient) {}

  secondFactor(): Promise<SecondFactorState> {
    return this.client.request("GET", SECOND_FACTOR);
  }

  /** A new secret, which is in use after a code confirms it. */
  newSecret(password: string): Promise<NewSecret> {
    return this.client.request("POST", SECOND_FACTOR, { body: { password } });
  }

  /** @returns recovery codes */
  async confirmSecret(code: string): Promise<readonly string[]> {
    return await this.recoveryCodes("confirm", { code });
  }

  async newRecoveryCodes(password: string, code: string): Promise<readonly string[]> {
    return await this.recoveryCodes("recovery-codes", { password, code });
  }

  async turnSecondFactorOff(password: string, code: string): Promise<void> {
    await this.client.request("POST", `${SECOND_FACTOR}/off`, { body: { password, code } });
  }

  address(): Promise<AddressState> {
    return this.client.request("GET", ADDRESS);
  }

  /** Sends a link to the user's address. */
  async sendLink(): Promise<void> {
    await this.client.request("POST", `${ADDRESS}/link`);
  }

  /** Sends a link to a new address. */
  async changeAddress(change: Credentials & { readonly code?: string }): Promise<void> {
    await this.client.request("POST", ADDRESS, { body: change });
  }

  /** Confirms an address. The session keeps the old one until it gets a new token. */
  async confirmAddress(token: string): Promise<void> {
    await this.client.request("POST", `${ADDRESS}/confirm`, { body: { token } });
  }

  private async recoveryCodes(action: string, body: object): Promise<readonly string[]> {
    const path = `${SECOND_FACTOR}/${action}`;
    return (await this.client.request<{ recoveryCodes: readonly string[] }>("POST", path, { body })).recoveryCodes;
  }
}
