import { z } from "zod";

const MAX_HEADERS = 50;
const NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
/** Headers that belong to the connection, so code may not set them. */
const OURS = /^(host|connection|content-length|transfer-encoding|upgrade|keep-alive|te|trailer|expect|proxy-.*)$/i;

/** The argument that code may pass to `ext.http`. */
export const httpRequest = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "give an http or https URL" }).max(8192),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
  headers: z
    .record(z.string(), z.string().regex(/^[\t\x20-\x7e\x80-\xff]{0,8192}$/, "give values of headers"))
    .superRefine((headers, context) => {
      const names = Object.keys(headers);
      const refuse = (message: string) => context.addIssue({ code: "custom", message });
      if (names.length > MAX_HEADERS) refuse(`give at most ${MAX_HEADERS} headers`);
      for (const name of names) {
        if (!NAME.test(name)) refuse("give names of headers");
        else if (OURS.test(name)) refuse(`${name} is set by the host`);
      }
    })
    .default({}),
  body: z.string().optional(),
  timeoutMs: z.number().int().min(1).optional(),
});
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
