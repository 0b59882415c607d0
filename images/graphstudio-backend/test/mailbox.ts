import type { AddressInfo } from "node:net";
import { waitFor } from "@nexus/testkit/server-process";
import { SMTPServer } from "smtp-server";

export interface Received {
  readonly from: string;
  readonly to: string[];
  readonly text: string;
  readonly user: string | undefined;
}

/** A small mail server that keeps what it gets. */
export class Mailbox {
  received: Received[] = [];
  private readonly server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _session, done) =>
      password === "mail-secret" ? done(null, { user: username }) : done(new Error("wrong password")),
    onData: (stream, { envelope, user }, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        const to = envelope.rcptTo.map(({ address }) => address);
        const soft = Buffer.concat(chunks).toString().replaceAll("=\r\n", "").replaceAll("=3D", "=");
        this.received.push({ from, to, text: soft, user: user === undefined ? undefined : String(user) });
        done();
      });
    },
  });

  private studioUrl = "";

  /** @returns the settings of a backend that sends here */
  async start(studioUrl = "https://studio.example.com"): Promise<Record<string, string>> {
    this.studioUrl = studioUrl;
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return {
      MAIL_HOST: "127.0.0.1",
      MAIL_PORT: String((this.server.server.address() as AddressInfo).port),
      MAIL_ENCRYPTION: "none",
      MAIL_USER: "nexus",
      MAIL_PASSWORD: "mail-secret",
      MAIL_FROM: "Nexus <nexus@example.com>",
      STUDIO_URL: studioUrl,
    };
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  /** The mails to an address with this text. */
  of(email: string, text = ""): Received[] {
    return this.received.filter((mail) => mail.to.includes(email) && mail.text.includes(text));
  }

  /** Waits for the mail to an address with a link to a page; the newest where there are several. */
  async link(email: string, page: string, count = 1): Promise<{ text: string; token: string; url: string }> {
    const start = `${this.studioUrl}/${page}#`;
    await waitFor(`a mail to ${email} with ${start}`, async () => {
      expect(this.of(email, start)).toHaveLength(count);
    });
    const text = this.of(email, start).at(-1)?.text ?? "";
    const token = /#([\w-]+)/.exec(text.slice(text.indexOf(start)))?.[1] ?? "";
    return { text, token, url: start + token };
  }
}
