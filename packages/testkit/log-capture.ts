import { createLogger, type Logger } from "@nexus/service";

/** A logger whose lines a test can read. */
export function captureLog(service: string): { log: Logger; lines: Record<string, unknown>[]; text: () => string } {
  const lines: Record<string, unknown>[] = [];
  let text = "";
  const destination = {
    write(line: string) {
      text += line;
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  return { log: createLogger({ service, level: "debug", destination }), lines, text: () => text };
}
