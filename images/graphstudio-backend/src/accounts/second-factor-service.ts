import { type Logger, ServiceError } from "@nexus/service";
import { audit } from "../store/audit";
import type { AuditStore } from "../store/audit-store";
import {
  type Challenged,
  confirmFactor,
  type Factor,
  removeFactor,
  replaceRecoveryCodes,
  type SecondFactorStore,
  takeChallenge,
  spendRecoveryCode,
  spendStep,
} from "../store/second-factor-store";
import type { Tx } from "../store/tenant-store";
import type { AttemptLimits } from "./attempt-limits";
import {
  createRecoveryCodes,
  createSecret,
  hashOfRecoveryCode,
  type SecretSeal,
  stepOf,
  uriOf,
} from "./one-time-codes";

export interface SecondFactorServiceOptions {
  readonly factors: SecondFactorStore;
  readonly seal: SecretSeal;
  readonly limits: AttemptLimits;
  readonly trails: AuditStore;
  readonly log: Logger;
}

/** Somebody who shows a code, and the address that they do it from. */
export interface Prover extends Challenged {
  readonly address: string;
}

/** Codes of authenticator apps, and recovery codes for whoever lost theirs. */
export class SecondFactorService {
  constructor(private readonly options: SecondFactorServiceOptions) {}

  async look(userId: string): Promise<{ on: boolean; recoveryCodes: number }> {
    const { factors } = this.options;
    const [factor, recoveryCodes] = [await factors.find(userId), await factors.countRecoveryCodes(userId)];
    return { on: factor?.on ?? false, recoveryCodes };
  }

  /** Stops a sign-in of somebody who has a second factor; it goes on with the challenge in the error. */
  async demand(userId: string): Promise<void> {
    const { factors } = this.options;
    if (!(await factors.find(userId))?.on) return;
    const challenge = await factors.challenge(userId);
    throw new ServiceError("second_factor_needed", { extensions: { challenge } });
  }

  /** @returns who signs in; the challenge cannot be used again */
  async answer(address: string, challenge: string, code: string): Promise<Challenged> {
    const person = await this.options.factors.challenged(challenge);
    if (!person) throw new ServiceError("challenge_invalid");
    await this.withCode({ ...person, address }, code, async (tx) => {
      if (!(await takeChallenge(tx, challenge))) throw new ServiceError("challenge_invalid");
    });
    return person;
  }

  /** Asks whoever has a second factor for a code. */
  async require(person: Prover, code: string | undefined): Promise<void> {
    await this.guard(person, code, async () => undefined);
  }

  /**
   * Does work that needs a code of whoever has a second factor, in the transaction that uses the code up. If the work
   * fails, the code can be used again.
   */
  async guard<T>(person: Prover, code: string | undefined, work: (tx?: Tx) => Promise<T>): Promise<T> {
    if (!(await this.options.factors.find(person.userId))?.on) return await work();
    const message = "give a code of your authenticator app, or a recovery code";
    if (code === undefined) throw new ServiceError("code_invalid", { errors: [{ field: "code", message }] });
    return await this.withCode(person, code, work);
  }

  /** A new secret, which is in use after `confirm`. */
  async begin({ userId, email }: Challenged): Promise<{ secret: string; uri: string }> {
    const { factors, seal } = this.options;
    const secret = createSecret();
    if (!(await factors.begin(userId, await seal.seal(userId, secret)))) throw new ServiceError("second_factor_on");
    return { secret, uri: uriOf(secret, email) };
  }

  /** @returns the recovery codes, which nobody can read again */
  async confirm(person: Prover, code: string): Promise<string[]> {
    const { userId } = person;
    const codes = await this.attempt(person, async (tx, factor) => {
      if (!factor) throw new ServiceError("second_factor_off");
      if (factor.on) throw new ServiceError("second_factor_on");
      if (!(await this.prove(tx, factor, code))) return undefined;
      await confirmFactor(tx, userId);
      const created = await this.renewCodes(tx, userId);
      await audit(tx, { act: "second-factor.on", target: { userId } });
      return created;
    });
    this.options.log.info({ userId }, "second factor turned on");
    return codes;
  }

  async newRecoveryCodes(person: Prover, code: string): Promise<string[]> {
    const { userId } = person;
    return await this.withCode(person, code, async (tx) => {
      const created = await this.renewCodes(tx, userId);
      await audit(tx, { act: "recovery-codes.made", target: { userId } });
      return created;
    });
  }

  async turnOff(person: Prover, code: string): Promise<void> {
    const { userId } = person;
    await this.withCode(person, code, async (tx) => {
      await removeFactor(tx, userId);
      await audit(tx, { act: "second-factor.off", target: { userId } });
    });
    this.options.log.info({ userId }, "second factor turned off");
  }

  /** Does work that needs a code of a second factor. If the work fails, the code can be used again. */
  private async withCode<T>(person: Prover, code: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { userId } = person;
    const { done } = await this.attempt(person, async (tx, factor) => {
      if (!factor?.on) throw new ServiceError("second_factor_off");
      const proof = await this.prove(tx, factor, code);
      if (!proof) return undefined;
      const result = { done: await work(tx) };
      if (proof === "recovery-code") await audit(tx, { act: "recovery-code.used", actor: userId, target: { userId } });
      return result;
    });
    return done;
  }

  /** Counts an attempt before its code is checked, and notes one that failed. */
  private async attempt<T>(
    { userId, email, address }: Prover,
    work: (tx: Tx, factor: Factor | undefined) => Promise<T | undefined>,
  ): Promise<T> {
    const { factors, limits, trails, log } = this.options;
    await limits.code(address, email);
    const done = await factors.change(userId, work);
    if (done === undefined) {
      log.warn({ userId }, "code of a second factor refused");
      await trails.record({ act: "second-factor.code", outcome: "failed", target: { userId } });
      throw new ServiceError("code_invalid");
    }
    await limits.forgiveCode(address, email);
    return done;
  }

  private async prove(tx: Tx, factor: Factor, code: string): Promise<"code" | "recovery-code" | undefined> {
    const { userId, lastStep } = factor;
    if (!/^\d{6}$/.test(code))
      return (await spendRecoveryCode(tx, userId, hashOfRecoveryCode(code))) ? "recovery-code" : undefined;
    const step = stepOf(await this.secretOf(factor), code);
    if (step === undefined || step <= lastStep) return undefined;
    await spendStep(tx, userId, step);
    return "code";
  }

  private async secretOf(factor: Factor): Promise<string> {
    const { seal } = this.options;
    try {
      return await seal.open(factor.userId, factor);
    } catch (cause) {
      throw new ServiceError("second_factor_unreadable", { cause });
    }
  }

  private async renewCodes(tx: Tx, userId: string): Promise<string[]> {
    const codes = createRecoveryCodes();
    await replaceRecoveryCodes(tx, userId, codes.map(hashOfRecoveryCode));
    return codes;
  }
}
