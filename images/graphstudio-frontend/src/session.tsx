import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { ApiClient } from "./api/client";
import { NO_TOKEN } from "./api/brought-token";
import { type Entrance, Nexus } from "./api/nexus";
import { describeFailure } from "./api/problem";
import { LogOutMark } from "./api/log-out-mark";
import { SessionChannel } from "./api/session-channel";
import { TokenStore } from "./api/token-store";
import type { Account } from "./api/types";
import { openNotebooksOf } from "./cells";

export type SessionState =
  | { readonly phase: "restoring" }
  | { readonly phase: "unreachable"; readonly reason: string }
  | { readonly phase: "guest"; readonly expired: boolean; readonly entrance: Entrance }
  | { readonly phase: "member"; readonly account: Account; readonly entrance: Entrance };

interface Session {
  readonly api: Nexus;
  readonly state: SessionState;
  /** Loads the account of the session: after a log-in, a reload, or a change of the tenant. */
  readonly enter: () => Promise<void>;
  /** Logs in with a token of another issuer. */
  readonly bring: (token: string) => Promise<void>;
  readonly leave: () => Promise<void>;
  /** Looks at the account of the session again: somebody may have changed its role. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
}

/** How often a studio that failed to open tries again. */
const RETRY_MS = 5_000;

const SessionContext = createContext<Session | undefined>(undefined);

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ phase: "restoring" });
  const entrance = useRef<Entrance>("account");
  const arriveAgain = useRef(async () => {});
  const followNow = useRef(async () => {});

  const api = useMemo(() => {
    const tokens = new TokenStore();
    const client = new ApiClient({
      tokens,
      loggedOut: new LogOutMark(window.localStorage),
      fetch: window.fetch.bind(window),
      onSessionEnd: () => setState({ phase: "guest", expired: true, entrance: entrance.current }),
      onSessionChange: () => void arriveAgain.current(),
      onForbidden: () => void followNow.current(),
    });
    return new Nexus(client, tokens, new SessionChannel());
  }, []);

  const welcome = useCallback((account: Account) => {
    openNotebooksOf(account.id);
    setState({ phase: "member", account, entrance: entrance.current });
  }, []);
  const enter = useCallback(async () => welcome(await api.account()), [api, welcome]);
  const bring = useCallback(async (token: string) => welcome(await api.bring(token)), [api, welcome]);

  const welcomeGuest = useCallback(() => setState({ phase: "guest", expired: false, entrance: entrance.current }), []);
  const leave = useCallback(async () => {
    welcomeGuest();
    await api.logOut();
  }, [api, welcomeGuest]);

  const follow = useCallback(
    async (signal?: AbortSignal) => {
      // What cannot be read now is read the next time.
      const account = await api.account().catch(() => undefined);
      if (!account || signal?.aborted) return;
      // The answer may be about a tenant that was left meanwhile.
      const isNew = (before: Account) =>
        before.id === account.id &&
        before.tenantId === account.tenantId &&
        JSON.stringify(before) !== JSON.stringify(account);
      setState((now) => (now.phase === "member" && isNew(now.account) ? { ...now, account } : now));
    },
    [api],
  );

  const arrive = useCallback(async () => {
    try {
      const way = await api.arrive();
      if (way === "session") return await enter();
      entrance.current = way;
      if (way === "open") return await bring(NO_TOKEN);
      welcomeGuest();
    } catch (error) {
      // An ended session has already been reported; any other error offers another attempt.
      setState((now) => (now.phase === "guest" ? now : { phase: "unreachable", reason: describeFailure(error) }));
    }
  }, [api, enter, bring, welcomeGuest]);
  useEffect(() => {
    arriveAgain.current = arrive;
    followNow.current = follow;
    void arrive();
    return api.followTabs((news) => (news === "ended" ? welcomeGuest() : void arrive()));
  }, [api, arrive, follow, welcomeGuest]);
  const unreachable = state.phase === "unreachable";
  useEffect(() => {
    if (!unreachable) return;
    const again = () => void arrive();
    const timer = setInterval(again, RETRY_MS);
    window.addEventListener("online", again);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", again);
    };
  }, [arrive, unreachable]);

  const session = useMemo(
    () => ({ api, state, enter, bring, leave, follow }),
    [api, state, enter, bring, leave, follow],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is used outside SessionProvider");
  return session;
}
