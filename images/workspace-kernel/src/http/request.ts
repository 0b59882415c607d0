import { z } from "zod";

/** Also for the URL of a redirect. */
export const MAX_URL = 8192;
const MAX_HEADERS = 50;
/** Maximum length of a host with a port. Parsing a non-ASCII host name takes quadratic time. */
const START = /^https?:\/\/[^\s/?#\\]{1,300}(?:[/?#]|$)/i;
const NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
/** Headers that belong to the connection, so code may not set them. */
const OURS = /^(host|connection|content-length|transfer-encoding|upgrade|keep-alive|te|trailer|expect|proxy-.*)$/i;

/** Counts members before it checks any, because each wrong member costs much time. */
const atMost = (members: number, error: string) =>
  z.unknown().refine((given) => Object.keys(Object(given) as object).length <= members, error);

const NO_URL = "give an http or https URL";
const url = z
  .string()
  .max(MAX_URL, { error: `give a URL of at most ${MAX_URL} characters`, abort: true })
  .trim()
  .regex(START, { error: NO_URL, abort: true })
  .refine((text) => URL.canParse(text), NO_URL);

const fields = z.strictObject({
  url,
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
  headers: atMost(MAX_HEADERS, `give at most ${MAX_HEADERS} headers`)
    .pipe(
      z
        .record(z.string(), z.string().regex(/^[\t\x20-\x7e\x80-\xff]{0,8192}$/, "give values of headers"))
        .superRefine((headers, context) => {
          const names = Object.keys(headers);
          const refuse = (message: string) => context.addIssue({ code: "custom", message });
          for (const name of names) {
            if (!NAME.test(name)) refuse("give names of headers");
            else if (OURS.test(name)) refuse(`${name} is set by the host`);
          }
        }),
    )
    .default({}),
  body: z.string().optional(),
  timeoutMs: z.number().int().min(1).optional(),
});

const members = Object.keys(fields.shape);

/** The argument that code may pass to `ext.http`. */
export const httpRequest = atMost(members.length, `give only ${members.join(", ")}`).pipe(fields);
export type HttpRequest = z.output<typeof httpRequest>;

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** After redirects. */
  readonly url: string;
}

/** The reason why a call has no response. */
export class HttpCallError extends Error {
  constructor(
    readonly outcome: "refused" | "timeout" | "failed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
