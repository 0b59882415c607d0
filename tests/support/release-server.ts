import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A server with releases that replaces the real sites. */
export class ReleaseServer {
  /** The requests, in order. */
  public readonly requests: string[] = [];
  private readonly files = new Map<string, Buffer>();
  private readonly cut = new Set<string>();
  private readonly server = http.createServer((request, response) => {
    const { url = "" } = request;
    this.requests.push(url);
    const body = this.files.get(url);
    if (!body) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": body.length });
    if (!this.cut.has(url)) return void response.end(body);
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  });

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** @param checksum path and text of the checksum file beside it */
  public serve(path: string, content: string, checksum?: { readonly path: string; readonly text: string }): void {
    this.files.set(path, Buffer.from(content));
    this.cut.delete(path);
    if (checksum) this.files.set(checksum.path, Buffer.from(checksum.text));
  }

  /** Breaks the connection in the middle of this file. */
  public cutOff(path: string): void {
    this.cut.add(path);
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
