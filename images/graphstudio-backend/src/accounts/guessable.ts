import { ServiceError } from "@nexus/service";
import * as commonPasswords from "fxa-common-password-list";

const repeats = (password: string) => (password + password).indexOf(password, 1) < password.length;

/** Such as "abcdefghijkl", "987654321098" or "123456789012": each character follows the one before it. */
function counts(password: string): boolean {
  const steps = Array.from(
    password.slice(1),
    (_, index) => password.charCodeAt(index + 1) - password.charCodeAt(index),
  );
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9);
}

/** Whether a password is one of the first guesses: a well-known one, a repetition or a sequence. */
export function isGuessable(password: string): boolean {
  const plain = password.toLowerCase();
  return commonPasswords.test(plain) || repeats(plain) || counts(plain);
}

/** Refuses a new password that is guessable. */
export function requireHardToGuess(password: string, field = "password"): void {
  if (!isGuessable(password)) return;
  const errors = [{ field, message: "choose a password that is harder to guess" }];
  throw new ServiceError("password_guessable", { errors });
}
