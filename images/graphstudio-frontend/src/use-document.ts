import { useCallback, useEffect, useRef, useState } from "react";
import { type CodeGraph, type DocumentApi, EMPTY_DOCUMENT, withNews, type WorkspaceDocument } from "./api/document";
import { ApiError } from "./api/problem";
import { useSession } from "./session";

export interface LiveDocument {
  readonly api: DocumentApi;
  /** Undefined until it was read. */
  readonly document: WorkspaceDocument | undefined;
  /** What the code says; of the newest version that was read, or of one before. */
  readonly graph: CodeGraph | undefined;
  /** Reads what has changed; resolves when it is shown. */
  readonly refresh: () => Promise<void>;
}

/** How long changes settle before the graph is read. */
const GRAPH_PAUSE_MS = 300;
/** How long to wait after a failure: the kernel may be busy, or away for a moment. */
const GRAPH_AGAIN_MS = 3000;

/** The document of a workspace. Readings follow each other, and one that is asked for while another waits is enough. */
export function useDocument(workspaceId: string): LiveDocument {
  const { api: nexus } = useSession();
  const [api] = useState(() => nexus.document(workspaceId));
  const [document, setDocument] = useState<WorkspaceDocument>();
  const [graph, setGraph] = useState<CodeGraph>();
  const known = useRef<WorkspaceDocument>(undefined);
  const last = useRef(Promise.resolve());
  const waiting = useRef<Promise<void>>(undefined);

  const refresh = useCallback(async () => {
    const read = async () => {
      waiting.current = undefined;
      const news = await api.read(known.current?.version);
      known.current = withNews(known.current ?? EMPTY_DOCUMENT, news);
      setDocument(known.current);
    };
    waiting.current ??= last.current.then(read);
    last.current = waiting.current.catch(() => undefined);
    await waiting.current;
  }, [api]);

  const version = document?.version;
  useEffect(() => {
    if (version === undefined) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const readIn = (pauseMs: number) => {
      timer = setTimeout(() => {
        void api.graph(gone.signal).then(setGraph, (error: unknown) => {
          if (error instanceof ApiError && error.passes && !gone.signal.aborted) readIn(GRAPH_AGAIN_MS);
        });
      }, pauseMs);
    };
    readIn(GRAPH_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [api, version]);

  return { api, document, graph, refresh };
}
