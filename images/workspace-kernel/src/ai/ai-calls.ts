import { describeIssues, type Problem, traced, traceHeaders } from "@nexus/service";
import { Agent, request as send } from "undici";
import { z } from "zod";
import type { CallSource } from "../http/gateway";
import type { HostCall, HostCallAnswer } from "../sandbox/messages";
import { readEvents } from "./server-sent-events";

/** Maximum size of an answer in characters. */
const MAX_TEXT = 256 * 1024;
const CONNECT_TIMEOUT_MS = 3000;

const aiCall = z.strictObject({
  operation: z.enum(["chat", "completion"]),
  request: z.union([z.string(), z.record(z.string(), z.unknown())], "give a text or an object"),
});
const delta = z.object({ text: z.string() });
const problem = z.object({ code: z.string(), title: z.string(), detail: z.string() });

export interface AiCallsOptions {
  /** Where `/ai/` is served; undefined where the platform has no AI. */
  readonly url: () => string | undefined;
  /** Milliseconds for all calls of one execution together. */
  readonly timeoutMs: number;
}

export interface AiSource extends CallSource {
  /** The access token or API key of whoever runs the code: the AI counts for their tenant, and asks what they may do. */
  readonly token: string | undefined;
}

class AiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

// The signal of a call limits its time.
const dispatcher = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: 0, bodyTimeout: 0 });

/** Calls of workspaces to the AI service, which keeps the budgets. */
export class AiCalls {
  constructor(private readonly options: AiCallsOptions) {}

  /**
   * Never rejects: a failure becomes an error that the code can catch.
   * @param onText called with the text of an answer that grows, for the panel that shows it
   */
  async answer(
    source: AiSource,
    since: number,
    { request }: HostCall,
    cancelled: AbortSignal,
    onText: (panel: string, text: string) => void,
  ): Promise<HostCallAnswer> {
    const leftMs = since + this.options.timeoutMs - performance.now();
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
    const signal = AbortSignal.any([timeout, cancelled]);
    try {
      return { value: JSON.stringify(await this.ask(source, JSON.parse(request), signal, onText)) };
    } catch (error) {
      const { code, message } = timeout.aborted ? this.timedOut : known(error);
      return { error: JSON.stringify({ name: "AiError", code, message }) };
    }
  }

  private get timedOut(): AiError {
    const ms = this.options.timeoutMs;
    return new AiError(
      "timeout",
      `The calls of one execution may take ${ms} ms together. Ask for fewer tokens (maxTokens)`,
    );
  }

  private async ask(
    { workspaceId, token }: AiSource,
    given: unknown,
    signal: AbortSignal,
    onText: (panel: string, text: string) => void,
  ): Promise<object> {
    const base = this.options.url();
    if (base === undefined)
      throw new AiError(
        "ai_not_configured",
        "This platform has no AI service. Its operator switches it on with nexusOs.enabled, or with kernel.ai",
      );
    const parsed = aiCall.safeParse(given);
    if (!parsed.success)
      throw new AiError("validation_failed", describeIssues(parsed.error.issues, "request").map(textOf).join("; "));
    const { operation, request } = parsed.data;
    const { panel, ...body } = typeof request === "string" ? bodyOf(operation, request) : request;
    const url = new URL(`/ai/v1/${operation}`, base);
    const answer = await traced("ai", { "server.address": url.host }, () =>
      send(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...traceHeaders(),
        },
        body: JSON.stringify({ ...body, stream: true, workspaceId }),
        dispatcher,
        signal,
      }),
    );
    if (answer.statusCode !== 200) throw refusal(await answer.body.json());
    let text = "";
    for await (const { event, data } of readEvents(answer.body)) {
      if (event === "done") return { ...(JSON.parse(data) as object), text };
      if (event === "error") throw refusal(JSON.parse(data));
      text += delta.parse(JSON.parse(data)).text;
      if (text.length > MAX_TEXT)
        throw new AiError(
          "answer_too_long",
          `The answer has more than ${MAX_TEXT} characters. Ask for fewer tokens (maxTokens)`,
        );
      if (typeof panel === "string") onText(panel, text);
    }
    throw new AiError("stream_interrupted", "The answer ended in the middle. Ask again");
  }
}

const textOf = ({ field, message }: { readonly field: string; readonly message: string }) => `${field}: ${message}`;

function bodyOf(operation: "chat" | "completion", text: string): Readonly<Record<string, unknown>> {
  return operation === "chat" ? { messages: [{ role: "user", content: text }] } : { prompt: text };
}

/** What the AI service answers instead of a text. */
function refusal(body: unknown): AiError {
  const { code, title, detail } = problem.parse(body);
  const { errors = [] } = body as Partial<Problem>;
  const fields = errors.map(textOf).join("; ");
  return new AiError(code, fields === "" ? detail || title : fields);
}

/** What was not an answer of the service is not shown: it may name addresses inside. */
function known(error: unknown): AiError {
  if (error instanceof AiError) return error;
  return new AiError(
    "ai_unreachable",
    "The AI service cannot be reached, or its answer cannot be read. Try again later",
  );
}
