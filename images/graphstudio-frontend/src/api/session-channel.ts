import type { TokenStore } from "./token-store";
import type { Tokens } from "./types";

const NAME = "nexus.session";
/** The tabs of one browser answer within a few milliseconds; a tab without others waits this long at each load. */
const ANSWER_MS = 50;

type Message = { readonly session: string } & (
  { readonly kind: "renewed" | "answer"; readonly tokens: Tokens } | { readonly kind: "question" | "logged-out" }
);

/**
 * Keeps the tabs of one session together: a duplicated tab has a copy of its original's refresh token, which can be
 * used once. It reaches only pages of the same origin, and tabs of another session ignore it. In a browser without
 * BroadcastChannel each tab works alone.
 */
export class SessionChannel {
  private channel: BroadcastChannel | undefined;
  private onAnswer: ((tokens: Tokens) => void) | undefined;

  constructor(private readonly tokens: TokenStore) {}

  /**
   * Listens to the other tabs.
   * @param onLogOut called when a tab of the same session has logged out
   * @returns a function that stops listening
   */
  open(onLogOut: () => void): () => void {
    if (typeof BroadcastChannel === "undefined") return () => undefined;
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<Message>) => this.hear(data, onLogOut);
    this.channel = channel;
    return () => {
      channel.close();
      this.channel = undefined;
    };
  }

  /** Sends new tokens of this tab to the others. */
  tellTokens(): void {
    const { pair, session } = this.tokens;
    if (pair && session) this.channel?.postMessage({ kind: "renewed", session, tokens: pair } satisfies Message);
  }

  /** Ends the session in the others; call it while this tab still has the session. */
  tellLogOut(): void {
    const { session } = this.tokens;
    if (session) this.channel?.postMessage({ kind: "logged-out", session } satisfies Message);
  }

  /**
   * Asks the other tabs for their tokens after a page was loaded: a page that the browser unloaded and opened again may
   * have a refresh token that the others replaced long ago.
   * @returns whether a tab answered
   */
  async ask(): Promise<boolean> {
    const { channel } = this;
    const { session } = this.tokens;
    if (!channel || !session) return false;
    const answer = await new Promise<Tokens | undefined>((resolve) => {
      this.onAnswer = resolve;
      setTimeout(() => resolve(undefined), ANSWER_MS);
      channel.postMessage({ kind: "question", session } satisfies Message);
    });
    this.onAnswer = undefined;
    // The user logged out meanwhile.
    if (!answer || this.tokens.session !== session) return false;
    this.tokens.set(answer);
    return true;
  }

  private hear(message: Message, onLogOut: () => void): void {
    const { pair, session } = this.tokens;
    if (message.session !== session) return;
    if (message.kind === "question") {
      if (pair) this.channel?.postMessage({ kind: "answer", session, tokens: pair } satisfies Message);
    } else if (message.kind === "answer") {
      this.onAnswer?.(message.tokens);
    } else if (message.kind === "renewed") {
      this.tokens.set(message.tokens);
      // Newer than any answer that is still under way.
      this.onAnswer?.(message.tokens);
    } else {
      this.tokens.clear();
      onLogOut();
    }
  }
}
