import { startFakeUpstream } from "@nexus/testkit/fake-upstream";

const [, , port, ...texts] = process.argv;

/** The program of the provider's pod: answers every chat with the given texts, and prints the requests. */
void startFakeUpstream({
  host: "0.0.0.0",
  port: Number(port),
  onRequest: ({ headers, body }) =>
    process.stdout.write(`${JSON.stringify({ authorization: headers.authorization, messages: body.messages })}\n`),
}).then(({ play }) => play({ texts }));
