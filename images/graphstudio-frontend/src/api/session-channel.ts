import type { TokenStore } from "./token-store";
import type { Tokens } from "./types";

const NAME = "nexus.session";
/** Tabs of one browser answer within a few milliseconds; a tab that is alone waits this long at each load. */
const ANSWER_MS = 50;

type Message = { readonly session: string } & (
  { readonly kind: "renewed" | "answer"; readonly tokens: Tokens } | { readonly kind: "question" | "logged-out" }
);

/**
 * Keeps the tabs of one session together: a duplicated tab holds a copy of its original's token, which works once. It
 * reaches pages of the same origin only, and tabs of another session take no notice. Where a browser has no
 * BroadcastChannel each tab is on its own.
 */
export class SessionChannel {
  private channel: BroadcastChannel | undefined;
  private onAnswer: ((tokens: Tokens) => void) | undefined;

  constructor(private readonly tokens: TokenStore) {}

  /**
   * Listens to the other tabs.
   * @param onLogOut called when one of the same session has logged out
   * @returns ends it
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

  /** Gives the others the tokens that this tab has just got. */
  tellTokens(): void {
    const { pair, session } = this.tokens;
    if (pair && session) this.channel?.postMessage({ kind: "renewed", session, tokens: pair } satisfies Message);
  }

  /** Ends the session in the others; to be called while this tab still has it. */
  tellLogOut(): void {
    const { session } = this.tokens;
    if (session) this.channel?.postMessage({ kind: "logged-out", session } satisfies Message);
  }

  /**
   * Takes the tokens of another tab, for a page that has just been loaded: one that was put away and opened again may
   * hold a refresh token that the others have replaced long ago.
   * @returns whether there was one
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
    // Logged out while waiting.
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
      // Newer than any answer that is still on its way.
      this.onAnswer?.(message.tokens);
    } else {
      this.tokens.clear();
      onLogOut();
    }
  }
}
