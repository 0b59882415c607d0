import { z } from "zod";

/** Value of the header `idempotency-key`. */
export const idempotencyKeyText = z.string().regex(/^[\x21-\x7e]{1,200}$/, "give 1 to 200 visible ASCII characters");
