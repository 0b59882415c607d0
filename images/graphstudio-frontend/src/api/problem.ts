import { i18n } from "../i18n";
import { en } from "../i18n/en";

/** One wrong field of a form, as the services name it. */
export interface FieldError {
  readonly field: string;
  /** The field with those that it is in, such as `services.web.replicas`. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  /** The plan whose limit refuses. */
  readonly plan?: string;
  /** What a log-in that needs a second factor goes on with. */
  readonly challenge?: string;
  /** What somebody else wrote meanwhile. */
  readonly current?: { readonly title: string; readonly code: string; readonly version: number };
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

  /** Whether the plan of the tenant refuses, so that a larger one helps. */
  get isLimit(): boolean {
    return this.problem.plan !== undefined;
  }

  /** Whether the problem may pass within seconds: no connection, or a service that cannot be reached. */
  get passes(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }

  /** The problem of each field, by its name; the first message wins. */
  get fields(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.problem.errors].reverse().map(({ field, message }) => [field, told(message)]));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const textOr = (value: unknown, fallback: string) => (typeof value === "string" && value !== "" ? value : fallback);

/** The text for something that the services wrote in English; undefined if the chosen language has none. */
function translated(english: string): string | undefined {
  const plain = { keySeparator: false, ignoreJSONStructure: false } as const;
  const text: unknown = i18n.getResource(i18n.language, "services", english, plain);
  return typeof text === "string" ? text : undefined;
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What the services wrote in English, in the chosen language if that has a text for it. */
export const told = (message: string) => translated(message) ?? capitalised(message);

/** Services say "email" or "/email" or "body.email"; forms know "email". */
const fieldName = (path: string) => path.split(/[./]/).filter(Boolean).at(-1) ?? path;

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map(({ field, message }) => ({
    field: fieldName(textOr(field, "")),
    path: textOr(field, "")
      .split(/[./]/)
      .filter((part) => part !== "" && part !== "body")
      .join("."),
    message: textOr(message, i18n.t("problems:valueRefused")),
  }));
}

/** Reads application/problem+json. Any other failure (a proxy's page, an empty body) also gets a text and a code. */
export async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const problem = isRecord(body) ? body : {};
  const title = textOr(problem.title, i18n.t("problems:unexpectedAnswer", { status: response.status }));
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError({
    status: response.status,
    code: textOr(problem.code, "unexpected_answer"),
    title,
    detail: textOr(problem.detail, title),
    errors: fieldErrors(problem.errors),
    ...(typeof problem.plan === "string" ? { plan: problem.plan } : {}),
    ...(typeof problem.challenge === "string" ? { challenge: problem.challenge } : {}),
    ...currentOf(problem.current),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  });
}

function currentOf(current: unknown): Pick<ProblemDetails, "current"> {
  if (!isRecord(current) || typeof current.code !== "string" || typeof current.version !== "number") return {};
  const { title, code, version } = current;
  return { current: { title: typeof title === "string" ? title : "", code, version } };
}

type OwnCode = keyof typeof en.problems.codes;

const own = (status: number, code: OwnCode) => new ApiError({ status, code, title: code, detail: code, errors: [] });
const isOwn = (code: string): code is OwnCode => Object.hasOwn(en.problems.codes, code);

export const networkError = () => own(0, "network");
export const sessionChanged = () => own(409, "session_changed");
export const sessionEnded = () => own(401, "session_ended");

function describeProblem({ code, detail, errors }: ProblemDetails): string {
  if (isOwn(code)) return i18n.t(`problems:codes.${code}`);
  // Without the names of the fields in the API.
  if (errors.length > 0) return errors.map(({ message }) => told(message)).join(i18n.t("problems:nextField"));
  return translated(code) ?? capitalised(detail);
}

/** Anything thrown, as a sentence for people. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof ApiError)) return i18n.t("problems:studio");
  const { retryAfterSeconds: seconds } = error.problem;
  const text = describeProblem(error.problem);
  const sentence = /[.!?…。！？]$/.test(text) ? text : i18n.t("problems:sentence", { text });
  // Temporary problems: too many attempts, and a service that cannot be reached.
  if (error.status !== 429 && error.status < 502) return sentence;
  if (seconds) return i18n.t("problems:waitSeconds", { sentence, seconds });
  return /again/i.test(sentence) ? sentence : i18n.t("problems:wait", { sentence });
}
