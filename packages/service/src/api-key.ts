import { createHash, randomBytes } from "node:crypto";

/** Lets people, and programs that scan for leaked secrets, recognise a key. */
const PREFIX = "nxk_";
const SECRET_BYTES = 32;
const SECRET_LENGTH = Math.ceil((SECRET_BYTES * 4) / 3);
const CHECK_LENGTH = 6;
export const API_KEY_LENGTH = PREFIX.length + SECRET_LENGTH + CHECK_LENGTH;

const checkOf = (text: string) => createHash("sha256").update(text).digest("base64url").slice(0, CHECK_LENGTH);

export function createApiKey(): string {
  const text = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
  return text + checkOf(text);
}

/** Whether a text can be an API key. A key that was mistyped or cut off is refused without asking the backend. */
export function isApiKey(text: string): boolean {
  const body = text.slice(0, -CHECK_LENGTH);
  return text.length === API_KEY_LENGTH && text.startsWith(PREFIX) && text.slice(-CHECK_LENGTH) === checkOf(body);
}
