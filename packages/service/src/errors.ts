/** Every error that a service answers with. The codes are stable, so clients may depend on them. */
export const errorTable = {
  validation_failed: { status: 400, title: "The request is not valid" },
  malformed_body: { status: 400, title: "The body is not valid JSON" },
  bad_request: { status: 400, title: "The request cannot be read" },
  context_too_long: { status: 400, title: "The prompt is too long for the model" },
  ai_request_rejected: { status: 400, title: "The AI provider does not accept this request" },
  unauthorized: { status: 401, title: "A valid access token is needed" },
  credentials_invalid: { status: 401, title: "Email or password is wrong" },
  fresh_sign_in_needed: {
    status: 403,
    title: "You have no password, so log in again first, and do this within five minutes",
  },
  refresh_invalid: { status: 401, title: "The refresh token is not valid; log in again" },
  signature_invalid: { status: 401, title: "The signature is not valid" },
  second_factor_needed: {
    status: 401,
    title: "A second factor is needed; send a code with the challenge to go on",
  },
  challenge_invalid: { status: 401, title: "This log-in has expired or was already completed; begin again" },
  session_invalid: { status: 401, title: "There is no session; log in" },
  oidc_refused: { status: 401, title: "The answer of the identity provider does not count; sign in again" },
  not_found: { status: 404, title: "This path does not exist" },
  key_not_found: { status: 404, title: "There is no such API key" },
  session_not_found: { status: 404, title: "There is no such session" },
  reset_invalid: { status: 404, title: "The link for a new password was used, or has run out; ask for another one" },
  link_invalid: {
    status: 404,
    title: "The link was used, has run out, is for somebody else or was replaced by a newer one; ask for another one",
  },
  mail_not_configured: { status: 409, title: "No mails are sent here; ask whoever runs this platform" },
  billing_not_configured: { status: 409, title: "No billing system may call here; ask whoever runs this platform" },
  oidc_not_configured: { status: 409, title: "No identity provider is set up here" },
  oidc_connect_first: {
    status: 409,
    title:
      "Your address has an account here that is not connected; sign in to it another way, and connect it on its page",
  },
  oidc_other_account: {
    status: 409,
    title: "The identity provider knows you as somebody else than who is signed in here; log out first",
  },
  tenant_not_found: { status: 404, title: "There is no such tenant" },
  person_not_found: { status: 404, title: "There is no such person" },
  member_not_found: { status: 404, title: "There is no such member" },
  invitation_invalid: {
    status: 404,
    title: "The invitation is not valid: it was used or withdrawn, has run out or is for somebody else",
  },
  cluster_not_found: { status: 404, title: "There is no such cluster" },
  project_not_found: { status: 404, title: "There is no such project" },
  setting_not_found: { status: 404, title: "The tenant has no such setting" },
  deployment_not_found: { status: 404, title: "There is no such deployment" },
  revision_not_found: { status: 404, title: "The deployment has no such revision" },
  pod_not_found: { status: 404, title: "The deployment has no such pod" },
  cluster_namespace_not_found: { status: 404, title: "The cluster has no such namespace" },
  workspace_not_found: { status: 404, title: "There is no such workspace" },
  snapshot_not_found: { status: 404, title: "There is no such snapshot" },
  handler_not_found: { status: 404, title: "There is no such handler" },
  cell_not_found: { status: 404, title: "There is no such cell" },
  panel_not_found: { status: 404, title: "There is no such panel" },
  method_not_allowed: { status: 405, title: "This path does not support this method" },
  forbidden: { status: 403, title: "Your role does not allow this" },
  address_unverified: {
    status: 403,
    title:
      "Confirm your address first: open the link in the mail of the invitation, or ask for a link on your account page",
  },
  second_factor_required: {
    status: 403,
    title: "This tenant requires two-factor sign-in; set it up on your account page first",
  },
  plan_not_offered: { status: 403, title: "Owners cannot change to this plan themselves" },
  sign_up_closed: { status: 403, title: "Nobody can sign up here; ask whoever runs this platform for an account" },
  invitation_needed: { status: 403, title: "Signing up here needs an invitation; ask a member for a link" },
  tenant_suspended: { status: 403, title: "The tenant is suspended; ask whoever runs this platform" },
  account_suspended: { status: 403, title: "The account is suspended; ask whoever runs this platform" },
  passwords_off: { status: 403, title: "Nobody signs in with a password here; use the identity provider" },
  oidc_email_unusable: { status: 403, title: "The identity provider names no verified address for you" },
  oidc_no_account: { status: 403, title: "You have no account here; ask whoever runs this platform for one" },
  cross_site: { status: 403, title: "Another site made the browser send this" },
  workspace_ended: { status: 404, title: "The workspace ended with the pod that held it" },
  workspace_stopped: { status: 409, title: "The workspace was stopped; resume it first" },
  limit_reached: { status: 409, title: "The maximum number of these is reached" },
  confirmation_needed: { status: 409, title: "What is to be deleted must be named exactly; check it again" },
  last_owner: { status: 409, title: "A tenant needs an owner; make another member an owner first" },
  second_factor_on: { status: 409, title: "Two-factor sign-in is on already; turn it off first" },
  second_factor_off: { status: 409, title: "Two-factor sign-in is off; set it up on your account page first" },
  cluster_name_taken: { status: 409, title: "There is already a cluster with this name; choose another one" },
  cluster_kept: { status: 409, title: "This cluster belongs to the platform and cannot be removed" },
  cluster_refused: { status: 409, title: "The cluster refuses this" },
  project_name_taken: { status: 409, title: "There is already a project with this name; choose another one" },
  version_conflict: { status: 409, title: "Somebody else changed it meanwhile; look at it again first" },
  deployment_busy: { status: 409, title: "A revision of this deployment is being applied; wait until it is done" },
  cluster_not_scanned: { status: 409, title: "The cluster was not scanned yet; scan it first" },
  email_taken: { status: 409, title: "There is already an account with this email" },
  edit_conflict: { status: 412, title: "Somebody else changed this meanwhile" },
  body_too_large: { status: 413, title: "The body is too large" },
  media_type_unsupported: { status: 415, title: "The body must be application/json" },
  upgrade_required: { status: 426, title: "This port only speaks WebSocket" },
  code_invalid: { status: 422, title: "The code is wrong, has run out or was used before; wait for the next one" },
  password_guessable: { status: 422, title: "The password is too easy to guess" },
  document_unreadable: { status: 422, title: "The file is not a document that can be read here" },
  kubeconfig_unusable: { status: 422, title: "The kubeconfig cannot be used" },
  kubeconfig_refused: { status: 422, title: "The kubeconfig asks for something that is not allowed here" },
  service_unchangeable: { status: 422, title: "The deployment has no such service that can be changed" },
  project_unusable: { status: 422, title: "The project cannot be converted" },
  namespace_fixed: { status: 422, title: "In this cluster the tenant has one namespace; leave it out" },
  cluster_unauthorized: {
    status: 422,
    title: "The cluster does not give the kubeconfig's account the rights for this",
  },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used for another request" },
  rate_limited: { status: 429, title: "Too many attempts; wait before trying again" },
  workspace_busy: { status: 429, title: "The workspace has too many executions waiting" },
  budget_exhausted: { status: 429, title: "The tenant's AI budget for today is too small for this request" },
  upstream_rate_limited: { status: 429, title: "The AI provider limits our requests; wait before trying again" },
  request_cancelled: { status: 499, title: "The caller disconnected before the answer" },
  internal: { status: 500, title: "Something went wrong on our side" },
  upstream_error: { status: 502, title: "The AI provider failed" },
  stream_interrupted: { status: 502, title: "The answer ended in the middle" },
  not_ready: { status: 503, title: "The service is not ready" },
  standing_unavailable: { status: 503, title: "It is not known yet who is suspended; wait before trying again" },
  trail_unavailable: { status: 503, title: "The audit trail cannot be written at the moment; try again" },
  second_factor_unreadable: {
    status: 503,
    title: "Codes of authenticator apps cannot be checked at the moment; use a recovery code",
  },
  scans_busy: { status: 503, title: "Another cluster is being scanned; wait until that is done" },
  keys_unavailable: { status: 503, title: "API keys cannot be checked at the moment" },
  contents_unreadable: {
    status: 503,
    title: "What is stored cannot be decrypted: its key is gone; ask whoever runs this platform",
  },
  cluster_unavailable: { status: 503, title: "The cluster does not answer as it should" },
  issuer_unavailable: { status: 503, title: "The keys of the issuer cannot be fetched" },
  oidc_unavailable: { status: 503, title: "The identity provider does not answer as it should" },
  database_unavailable: { status: 503, title: "The database cannot be reached" },
  commit_failed: { status: 503, title: "The result could not be made durable" },
  kernel_full: { status: 503, title: "All kernel pods are full" },
  owner_unreachable: { status: 503, title: "The pod that holds this workspace does not answer" },
  owner_moved: { status: 503, title: "The workspace is moving to another pod" },
  shutting_down: { status: 503, title: "The service is shutting down" },
  ai_not_configured: { status: 503, title: "No AI provider is set up here" },
  ai_key_rejected: { status: 503, title: "The AI provider refuses our key" },
  ai_busy: { status: 503, title: "Too many answers are being written at once" },
  upstream_unavailable: {
    status: 503,
    title: "The AI provider failed repeatedly; no request is sent to it for a while",
  },
  upstream_quota_exhausted: { status: 503, title: "Our account at the AI provider has no quota left" },
  upstream_timeout: { status: 504, title: "The AI provider did not answer in time" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorDetails {
  /** What happened in this case, written for people. */
  readonly detail?: string;
  /** Seconds after which another attempt makes sense; sent as Retry-After. */
  readonly retryAfterSeconds?: number;
  /** One entry per wrong field. */
  readonly errors?: readonly FieldError[];
  /** Further members of the problem, for programs. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** An error with a code of the table; anything else that is thrown becomes `internal`. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly status: number;
  readonly details: ErrorDetails;

  constructor(
    readonly code: ErrorCode,
    details: ErrorDetails = {},
  ) {
    super(details.detail ?? errorTable[code].title, { cause: details.cause });
    this.status = errorTable[code].status;
    this.details = details;
  }
}

/** The body of an RFC 9457 answer. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
}

export function toProblem(error: ServiceError, instance: string): Problem {
  const { errors, extensions } = error.details;
  return {
    ...extensions,
    type: `urn:nexus:error:${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    instance,
    ...(errors ? { errors } : {}),
  };
}
