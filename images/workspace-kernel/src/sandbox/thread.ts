import { Worker } from "node:worker_threads";
import type { WorkerReply, WorkerRequest, WorkerSetup, WorkspaceImage } from "./messages";

/** One worker thread of sandboxes, from its start. It may be ready before it is used. */
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
    // "exit" also follows an error, and the termination of a worker whose message cannot be read.
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

/** Buffers that are moved to the worker: copying megabytes would block the server's thread. */
function buffersOf(image: WorkspaceImage | undefined): ArrayBuffer[] {
  return (image?.segments ?? []).map(({ buffer }) => buffer as ArrayBuffer);
}
