import { isIP } from "node:net";
import { describeIssues, Turns } from "@nexus/service";
import pLimit, { type LimitFunction } from "p-limit";
import type { HostCall, HostCallAnswer } from "../sandbox/messages";
import { isPublicAddress } from "./addresses";
import { isAllowed } from "./allow-list";
import { lookUp } from "./look-up";
import {
  callAnswers,
  callRequests,
  HttpCallError,
  type HttpCallKind,
  type HttpRequest,
  type HttpResponse,
} from "./request";
import { redirected, send } from "./send";

/** A call that goes to another host. */
interface HttpCall extends HostCall {
  readonly kind: HttpCallKind;
}

/** Where a call comes from. */
export interface CallSource {
  readonly tenantId: string;
  readonly workspaceId: string;
}

export interface HttpGatewayOptions {
  readonly maxConcurrent: number;
  /** Milliseconds for all calls of one execution together. */
  readonly timeoutMs: number;
  /** Hosts that the workspaces of a tenant may call. */
  readonly allowListOf: (tenantId: string) => Promise<readonly string[]>;
  readonly onCall: (outcome: "success" | HttpCallError["outcome"]) => void;
  /** A workspace called a host that its tenant does not allow. */
  readonly onDenied: (source: CallSource, host: string) => void;
  /** Addresses of a name; tests replace it. */
  readonly resolve?: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** @default isPublicAddress */
  readonly isAllowedAddress?: (address: string) => boolean;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** One tenant makes at most this part of all concurrent calls, so its slow calls do not delay other tenants. */
const TENANT_SHARE = 4;

/** Calls from workspaces to the outside: only to hosts that their tenant allows, and only to public addresses. */
export class HttpGateway {
  private readonly inTurn: LimitFunction;
  private readonly tenants: Turns;

  constructor(private readonly options: HttpGatewayOptions) {
    this.inTurn = pLimit(options.maxConcurrent);
    this.tenants = new Turns(Math.ceil(options.maxConcurrent / TENANT_SHARE));
  }

  /** Never rejects: a failure becomes an error that the code can catch. */
  async answer(source: CallSource, since: number, call: HttpCall, cancelled: AbortSignal): Promise<HostCallAnswer> {
    try {
      const value = JSON.stringify(await this.call(source, since, call, cancelled));
      this.options.onCall("success");
      return { value };
    } catch (error) {
      const failure = error instanceof HttpCallError ? error : new HttpCallError("failed", "the call failed");
      this.options.onCall(failure.outcome);
      return { error: JSON.stringify({ name: "HttpError", message: failure.message }) };
    }
  }

  private async call(
    source: CallSource,
    since: number,
    { kind, request: text }: HttpCall,
    cancelled: AbortSignal,
  ): Promise<object> {
    const parsed = callRequests[kind].safeParse(JSON.parse(text));
    if (!parsed.success) {
      const problems = describeIssues(parsed.error.issues, "request").map(
        ({ field, message }) => `${field}: ${message}`,
      );
      throw new HttpCallError("refused", problems.join("; "));
    }
    const request: HttpRequest = parsed.data;
    const leftMs = since + this.options.timeoutMs - performance.now();
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(leftMs, request.timeoutMs ?? leftMs))));
    const signal = AbortSignal.any([timeout, cancelled]);
    const cut = new Promise<never>((_resolve, reject) => {
      const end = () =>
        reject(
          cancelled.aborted
            ? new HttpCallError("cancelled", "the call was cancelled")
            : new HttpCallError("timeout", "the call took too long"),
        );
      signal.addEventListener("abort", end, { once: true });
    });
    const answer = this.tenants.run(source.tenantId, async () => {
      signal.throwIfAborted();
      return await this.inTurn(async () => {
        signal.throwIfAborted();
        return await this.follow(source, request, signal);
      });
    });
    return callAnswers[kind](await Promise.race([answer, cut]));
  }

  private async follow(source: CallSource, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const allowList = await this.options.allowListOf(source.tenantId);
    let current = request;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const url = new URL(current.url);
      checkHost(url);
      if (!isAllowed(url, allowList)) {
        this.options.onDenied(source, url.host);
        throw notAllowed(url, allowList);
      }
      const address = await this.publicAddress(url, signal);
      const response = await send(current, url, address, signal);
      const { location } = response.headers;
      const isRedirect = REDIRECTS.has(response.status) && location !== undefined;
      if (!isRedirect || request.redirect === "manual") return { ...response, isRedirected: hop > 0 };
      if (request.redirect === "error") throw new HttpCallError("failed", "the answer is a redirect");
      current = redirected(current, url, response.status, location);
    }
    throw new HttpCallError("refused", `more than ${MAX_REDIRECTS} redirects`);
  }

  /** The address to connect to. The name is not resolved again, so that a second DNS answer cannot lead elsewhere. */
  private async publicAddress(url: URL, signal: AbortSignal): Promise<string> {
    const { resolve = lookUp, isAllowedAddress = isPublicAddress } = this.options;
    const literal = url.hostname.replace(/^\[|\]$/g, "");
    const addresses = isIP(literal) ? [literal] : await resolve(url.hostname, signal).catch(() => []);
    const [first] = addresses;
    // The same text for an unknown name and for a name in the cluster: tenants must not learn which names exist there.
    if (first === undefined || !addresses.every(isAllowedAddress))
      throw new HttpCallError(
        "refused",
        `${url.hostname} has no public address; only public addresses can be called, whatever httpAllow says`,
      );
    return first;
  }
}

function checkHost(url: URL): void {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new HttpCallError("refused", `${url.protocol} is not http or https`);
  if (url.username !== "" || url.password !== "")
    throw new HttpCallError("refused", "a URL must not hold a user name or password");
}

function notAllowed(url: URL, allowList: readonly string[]): HttpCallError {
  return new HttpCallError(
    "refused",
    `the tenant does not allow calls to ${url.host}, but to ${shown(allowList)}; an owner adds it to httpAllow with PUT /api/v1/tenant-settings`,
  );
}

/** Entries that a message names. */
const MAX_SHOWN = 20;

function shown(allowList: readonly string[]): string {
  if (allowList.length === 0) return "no host";
  const more = allowList.length > MAX_SHOWN ? ` and ${allowList.length - MAX_SHOWN} more` : "";
  return `${allowList.slice(0, MAX_SHOWN).join(", ")}${more}`;
}
