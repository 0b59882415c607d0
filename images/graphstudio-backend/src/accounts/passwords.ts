import { type Algorithm, hash, verify } from "@node-rs/argon2";

/** OWASP's minimum for argon2id: 19 MiB, two passes. */
const OPTIONS = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export async function hashPassword(password: string): Promise<string> {
  return await hash(password, OPTIONS);
}

export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return await verify(passwordHash, password);
}

/**
 * Checks a password. For an unknown account it takes as long as for a known one, so that the time does not show which
 * accounts exist.
 */
export class PasswordChecker {
  private readonly decoy = hashPassword("no account has this password");

  async check(password: string, passwordHash: string | undefined): Promise<boolean> {
    const matches = await verifyPassword(passwordHash ?? (await this.decoy), password);
    return matches && passwordHash !== undefined;
  }
}
