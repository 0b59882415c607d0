import { SMTPServer } from "smtp-server";

/** The program of the mail server's pod: prints each mail as one line of JSON. */
new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onData: (stream, { envelope }, done) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const to = envelope.rcptTo.map(({ address }) => address);
      process.stdout.write(`${JSON.stringify({ to, text: Buffer.concat(chunks).toString() })}\n`);
      done();
    });
  },
}).listen(Number(process.argv[2]));
