/** One wrong field of a form, as the services name it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds?: number;
}

/** A failed request, with the stable code of the service, or a code of ours if no service answered. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly problem: ProblemDetails) {
    super(problem.detail);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether the request was certainly not carried out; a service that failed may have done so before. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 499;
  }

  /** Whether the problem may pass within seconds: no connection, or a service that cannot be reached. */
  get passes(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }

  /** The problem of each field, by its name; the first message wins. */
  get fields(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.problem.errors].reverse().map(({ field, message }) => [field, message]));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const textOr = (value: unknown, fallback: string) => (typeof value === "string" && value !== "" ? value : fallback);

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Services say "email" or "/email" or "body.email"; forms know "email". */
const fieldName = (path: string) => path.split(/[./]/).filter(Boolean).at(-1) ?? path;

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map(({ field, message }) => ({
    field: fieldName(textOr(field, "")),
    message: capitalised(textOr(message, "this value is not accepted")),
  }));
}

/** Reads application/problem+json. Any other failure (a proxy's page, an empty body) also gets a text and a code. */
export async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const problem = isRecord(body) ? body : {};
  const title = textOr(problem.title, `The server answered with status ${response.status}`);
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError({
    status: response.status,
    code: textOr(problem.code, "unexpected_answer"),
    title,
    detail: textOr(problem.detail, title),
    errors: fieldErrors(problem.errors),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  });
}

export function networkError(): ApiError {
  const title = "The server cannot be reached";
  const detail = "The server cannot be reached. Check the connection and try again.";
  return new ApiError({ status: 0, code: "network", title, detail, errors: [] });
}

export function sessionChanged(): ApiError {
  const title = "The session of this browser is now another one";
  const detail =
    "Another tab went over to another account or tenant. Nothing was sent; look at the page and try again.";
  return new ApiError({ status: 409, code: "session_changed", title, detail, errors: [] });
}

export function sessionEnded(): ApiError {
  const title = "Your session has ended. Log in again to go on.";
  return new ApiError({ status: 401, code: "session_ended", title, detail: title, errors: [] });
}

/** Anything thrown, as a sentence for people. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong in the studio. Reload the page and try again.";
  const { detail, errors, retryAfterSeconds } = error.problem;
  // Without the names of the fields in the API.
  const text = errors.length > 0 ? errors.map(({ message }) => message).join(". ") : capitalised(detail);
  const sentence = /[.!?…]$/.test(text) ? text : `${text}.`;
  // Temporary problems: too many attempts, and a service that cannot be reached.
  if (error.status !== 429 && error.status < 502) return sentence;
  if (retryAfterSeconds) return `${sentence} Try again in ${retryAfterSeconds} s.`;
  return /again/i.test(sentence) ? sentence : `${sentence} Try again in a moment.`;
}
