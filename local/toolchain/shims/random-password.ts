import { hashSync } from "bcryptjs";
import { randomInt } from "node:crypto";
import { inputsOfState, type PasswordInputs, type PreviewedInputs } from "./random-inputs";
import { secret, UNKNOWN, type Values } from "./values";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
const BCRYPT_ROUNDS = 10;

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length));
}

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? "", characters[last] ?? ""];
  }
  return characters;
}

/**
 * A password with the requested properties, from the system's secure random source; all choices are equally likely. A
 * minimum also applies to a kind of character that is otherwise excluded.
 */
export function generatePassword(inputs: PasswordInputs): string {
  const special = inputs.overrideSpecial || SPECIAL;
  const kinds = [
    { alphabet: LOWER, on: inputs.lower, least: inputs.minLower },
    { alphabet: UPPER, on: inputs.upper, least: inputs.minUpper },
    { alphabet: NUMERIC, on: inputs.numeric, least: inputs.minNumeric },
    { alphabet: special, on: inputs.special, least: inputs.minSpecial },
  ];
  const required = kinds.flatMap(({ alphabet, least }) => Array.from({ length: least }, () => pick(alphabet)));
  const all = kinds.map(({ alphabet, on }) => (on ? alphabet : "")).join("");
  const rest = Array.from({ length: inputs.length - required.length }, () => pick(all));
  return shuffle([...required, ...rest]).join("");
}

/** bcrypt reads only the first 72 bytes. */
function hash(password: string): string {
  return hashSync(password, BCRYPT_ROUNDS);
}

/** The outputs for these inputs and this password. `number` follows `numeric`, whose deprecated name it is. */
function outputs(inputs: PreviewedInputs, result: string, bcryptHash: string): Values {
  return { ...inputs, number: inputs.numeric, result: secret(result), bcryptHash: secret(bcryptHash) };
}

/** Every output of a new password. */
export function createPassword(inputs: PasswordInputs): Values {
  const result = generatePassword(inputs);
  return outputs(inputs, result, hash(result));
}

/** The known outputs of a password that does not exist yet: its inputs, as far as they are known. */
export function previewPassword(inputs: PreviewedInputs): Values {
  return outputs(inputs, UNKNOWN, UNKNOWN);
}

/** The same password, with inputs that have the same meaning. */
export function updatePassword(state: Values, inputs: PreviewedInputs): Values {
  return outputs(inputs, state.result as string, state.bcryptHash as string);
}

/**
 * A password exists only in the state, so reading it returns the state. Without a state the id is the password itself;
 * an import uses that.
 * @throws Error for an import without a password
 */
export function readPassword(id: string, state: Values): { inputs: PreviewedInputs; outputs: Values } {
  if (typeof state.result === "string") {
    const inputs = inputsOfState({ length: Buffer.byteLength(state.result), ...state });
    const bcryptHash = typeof state.bcryptHash === "string" ? state.bcryptHash : hash(state.result);
    return { inputs, outputs: outputs(inputs, state.result, bcryptHash) };
  }
  if (id === "" || id === PASSWORD_ID)
    throw new Error(
      `A RandomPassword is imported by its value, not by ${JSON.stringify(id)}. Fix: give the password as the id.`,
    );
  const inputs = inputsOfState({ length: Buffer.byteLength(id) });
  return { inputs, outputs: outputs(inputs, id, hash(id)) };
}

/** The id of every password: the value itself must not be the id. */
export const PASSWORD_ID = "none";
