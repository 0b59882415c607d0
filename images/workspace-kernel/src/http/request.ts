import { z } from "zod";
import type { CallKind } from "../sandbox/messages";

/** The calls that go to other hosts. */
export type HttpCallKind = Exclude<CallKind, "ai">;

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

const common = {
  url,
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
};

/** Maximum number of bytes of the body that `fetch` sends. */
const MAX_BODY = 1024 * 1024;

const bounded = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const members = Object.keys(shape);
  return atMost(members.length, `give only ${members.join(", ")}`).pipe(z.strictObject(shape));
};

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** @default "follow" */
  readonly redirect?: "follow" | "error" | "manual" | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The arguments of calls, by their kind. The sandbox has checked those of `fetch`, but code can go around it. */
export const callRequests = {
  http: bounded({
    ...common,
    method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
    body: z.string().optional(),
    timeoutMs: z.number().int().min(1).optional(),
  }),
  fetch: bounded({
    ...common,
    method: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]{1,32}$/, "give a method")
      .refine((method) => !/^(connect|trace|track)$/i.test(method), "CONNECT, TRACE and TRACK are not allowed"),
    body: z
      .base64()
      .transform((text) => Buffer.from(text, "base64"))
      .refine(({ length }) => length <= MAX_BODY, `the body may have ${MAX_BODY} bytes`)
      .optional(),
    redirect: z.enum(["follow", "error", "manual"]),
  }),
} satisfies Readonly<Record<HttpCallKind, z.ZodType<HttpRequest>>>;

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values as they came. */
  readonly headerLines: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** After redirects. */
  readonly url: string;
  readonly isRedirected: boolean;
}

/** What the sandbox gets as the answer of a call, by its kind. */
export const callAnswers: Readonly<Record<HttpCallKind, (response: HttpResponse) => object>> = {
  http: ({ status, headers, body, url }) => ({ status, headers, body: body.toString(), url }),
  fetch: ({ status, statusText, headerLines: headers, body, url, isRedirected }) => {
    return { status, statusText, headers, body: body.toString("base64"), url: url.split("#", 1)[0], isRedirected };
  },
};

/** The reason why a call has no response. */
export class HttpCallError extends Error {
  constructor(
    readonly outcome: "refused" | "timeout" | "cancelled" | "failed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
