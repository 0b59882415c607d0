import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenSpan {
  readonly service: unknown;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** 2 for an error. */
  readonly status: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface RawSpan extends Omit<SeenSpan, "service" | "status" | "facts"> {
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly Attribute[];
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

const facts = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function spansOf(text: string): SeenSpan[] {
  return (JSON.parse(text) as Export).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId, status, attributes }) => ({
        name,
        traceId,
        spanId,
        parentSpanId: parentSpanId || undefined,
        service: facts(resource.attributes)["service.name"],
        status: status?.code ?? 0,
        facts: facts(attributes),
      })),
    ),
  );
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

/** A collector that speaks OTLP/HTTP with JSON, and remembers every span. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly SeenSpan[];
  readonly paths: ReadonlySet<string>;
  /** The only span of that name. */
  readonly span: (name: string) => SeenSpan;
  readonly text: () => string;
  readonly stop: () => Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: SeenSpan[] = [];
  const paths = new Set<string>();
  let seen = "";
  const server = createServer((request, response) => {
    paths.add(`${request.method} ${request.url}`);
    void read(request).then((text) => {
      seen += text;
      spans.push(...spansOf(text));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    paths,
    span: (name) => {
      const found = spans.filter((span) => span.name === name);
      if (found.length !== 1 || !found[0])
        throw new Error(`${found.length} spans ${name}; there are ${spans.map((span) => span.name).join(", ")}`);
      return found[0];
    },
    text: () => seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
