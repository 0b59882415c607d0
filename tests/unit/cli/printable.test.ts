import { printable } from "@nexus/host";

test("D25: the content of a file in a message cannot control the terminal", () => {
  expect(printable("key \u001b]0;owned\u0007\u001b[31m\r\u009b2J is not known\n\tFix: \u00e9")).toBe(
    "key \\x1b]0;owned\\x07\\x1b[31m\\x0d\\x9b2J is not known\n\tFix: \u00e9",
  );
});
