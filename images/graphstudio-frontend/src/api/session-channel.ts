const NAME = "nexus.session";

/** What the other tabs hear: the session ended, or it is of another person or tenant now. */
export type SessionNews = "ended" | "entered";

/**
 * Tells the other tabs of the browser what happened to the session that all of them share. It reaches only pages of the
 * same origin. In a browser without BroadcastChannel a tab finds out when it renews its access token.
 */
export class SessionChannel {
  private channel: BroadcastChannel | undefined;

  /**
   * Listens to the other tabs.
   * @returns a function that stops listening
   */
  open(onNews: (news: SessionNews) => void): () => void {
    if (typeof BroadcastChannel === "undefined") return () => undefined;
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<SessionNews>) => onNews(data);
    this.channel = channel;
    return () => {
      channel.close();
      this.channel = undefined;
    };
  }

  tell(news: SessionNews): void {
    this.channel?.postMessage(news);
  }
}
