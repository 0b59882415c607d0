import { Worker } from "node:worker_threads";
import type { WorkerReply, WorkerRequest, WorkerSetup, WorkspaceImage } from "./messages";

/** One worker thread of sandboxes, from its start on; it may be ready before anybody uses it. */
export class SandboxThread {
  private readonly worker: Worker;
  private ready = false;
  private dead = false;
  private onMessage: (message: WorkerReply) => void = () => undefined;
  private onDeath: () => void = () => undefined;

  constructor(
    workerFile: string,
    setup: WorkerSetup,
    onReady: (buildId: string) => void,
    onError: (error: unknown) => void,
  ) {
    this.worker = new Worker(workerFile, { workerData: setup, execArgv: [] });
    this.worker.on("message", (message: WorkerReply) => {
      if (message.type === "ready") {
        this.ready = true;
        onReady(message.buildId);
      }
      this.onMessage(message);
    });
    // "exit" follows an error, and the end of a worker whose words cannot be read.
    this.worker.on("error", onError);
    this.worker.on("messageerror", (error) => {
      onError(error);
      void this.worker.terminate();
    });
    this.worker.on("exit", () => this.die());
  }

  get isReady(): boolean {
    return this.ready;
  }

  get isDead(): boolean {
    return this.dead;
  }

  attach(onMessage: (message: WorkerReply) => void, onDeath: () => void): void {
    [this.onMessage, this.onDeath] = [onMessage, onDeath];
  }

  send(request: WorkerRequest): void {
    this.worker.postMessage(request, request.type === "run" ? buffersOf(request.image) : []);
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private die(): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath();
  }
}

/** What the worker takes over: a copy of megabytes would keep the server's thread from everybody else. */
function buffersOf(image: WorkspaceImage | undefined): ArrayBuffer[] {
  return (image?.segments ?? []).map(({ buffer }) => buffer as ArrayBuffer);
}
