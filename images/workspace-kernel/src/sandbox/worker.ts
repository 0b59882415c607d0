import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { StartedEngine } from "./engine";
import { ownThread } from "./cpu-time";
import { findHeapLayout } from "./heap-pages";
import { HeapTemplate } from "./heap-image";
import { SandboxInstance, type Step } from "./instance";
import { prepare, readCells } from "./prepare";
import {
  failedOutcome,
  type WorkerReply,
  type WorkerRequest,
  type WorkerSetup,
  type WorkspaceChange,
  type WorkspaceImage,
} from "./messages";

const { wasmModule, wasmHash, limits } = workerData as WorkerSetup;

/**
 * The instances of one worker thread. The server sends one step at a time, and between steps the workspaces that it
 * drops.
 */
class SandboxWorker {
  private readonly instances = new Map<string, SandboxInstance>();
  private readonly spares: SandboxInstance[] = [];
  /** The workspace whose instance is being created; undefined if none is, or if it was cancelled. */
  private loading: string | undefined;

  static async start(port: MessagePort): Promise<void> {
    const layout = await findHeapLayout(wasmModule);
    const first = await SandboxInstance.create(wasmModule, limits);
    const template = new HeapTemplate(layout, first.memory, wasmHash);
    const worker = new SandboxWorker(port, template, first.asStarted(template));
    port.on("message", (request: WorkerRequest) => {
      worker.serve(request).catch((error: unknown) => worker.fail(request, error));
    });
    // Ends the worker; the server starts another one.
    port.on("messageerror", (error) => {
      throw error;
    });
    worker.reply({ type: "ready", build: worker.template.build, thread: ownThread() });
  }

  private constructor(
    private readonly port: MessagePort,
    private readonly template: HeapTemplate,
    private readonly started: StartedEngine,
  ) {}

  private async serve(request: WorkerRequest): Promise<void> {
    switch (request.type) {
      case "warm":
        this.spares.push(await this.create(0));
        return this.reply({ type: "warmed" });
      case "dispose":
        this.instances.delete(request.workspaceId);
        if (this.loading === request.workspaceId) this.loading = undefined;
        return;
      case "settle": {
        const { id, workspaceId, call, answer } = request;
        const instance = this.instances.get(workspaceId);
        if (instance) await this.report(id, workspaceId, instance, instance.settle(call, answer), 0);
        return;
      }
      case "run":
        return await this.run(request);
    }
  }

  private async run({ id, workspaceId, task, image }: Extract<WorkerRequest, { type: "run" }>): Promise<void> {
    const startedAt = performance.now();
    if (task.kind === "prepare" || task.kind === "read") {
      const { timeoutMs } = limits;
      const outcome = task.kind === "prepare" ? prepare(task.code, timeoutMs) : readCells(task.codes, task.timeoutMs);
      return this.reply({ type: "result", id, outcome, change: undefined, resumeMs: 0 });
    }
    // An image replaces the instance in memory, which may be newer than what was stored.
    const held = image ? undefined : this.instances.get(workspaceId);
    const instance = held ?? (await this.load(workspaceId, image));
    this.instances.set(workspaceId, instance);
    const resumeMs = held ? 0 : performance.now() - startedAt;
    await this.report(id, workspaceId, instance, instance.begin(task), resumeMs);
  }

  /** An error of one workspace, also in its answer, must not stop the others. */
  private fail(request: WorkerRequest, error: unknown): void {
    if (request.type === "warm") return this.reply({ type: "warmed" });
    if (request.type === "dispose") return;
    const { id, workspaceId } = request;
    this.instances.delete(workspaceId);
    const message = `The sandbox failed (${error instanceof Error ? error.message : "unknown"})`;
    const outcome = failedOutcome({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" }, 0, true);
    this.reply({ type: "result", id, outcome, change: undefined, resumeMs: 0 });
  }

  private async load(workspaceId: string, image: WorkspaceImage | undefined): Promise<SandboxInstance> {
    if (!image) throw new Error("it is not loaded");
    this.loading = workspaceId;
    const spare = image.memoryBytes <= (this.spares[0]?.memoryBytes ?? 0) ? this.spares.pop() : undefined;
    const instance = spare ?? (await this.create(image.memoryBytes));
    if (this.loading !== workspaceId) throw new Error("it was given up meanwhile");
    this.loading = undefined;
    instance.load(this.template, image);
    return instance;
  }

  private async create(memoryBytes: number): Promise<SandboxInstance> {
    return await SandboxInstance.create(wasmModule, limits, { memoryBytes, started: this.started });
  }

  private async report(
    id: number,
    workspaceId: string,
    instance: SandboxInstance,
    step: Step,
    resumeMs: number,
  ): Promise<void> {
    if ("calls" in step) return this.reply({ type: "waiting", id, ...step });
    const { outcome } = step;
    if (outcome.reset) this.instances.delete(workspaceId);
    const change = outcome.reset ? undefined : instance.takeChange();
    // Other workspaces continue while it is compressed.
    if (change instanceof Promise) this.reply({ type: "waiting", id, calls: [], cancelled: [], waitMs: undefined });
    const taken = change instanceof Promise ? await change : change;
    this.reply({ type: "result", id, outcome, change: taken, resumeMs }, taken);
  }

  private reply(message: WorkerReply, change?: WorkspaceChange): void {
    this.port.postMessage(message, change ? [change.segment.buffer as ArrayBuffer] : []);
  }
}

if (parentPort) void SandboxWorker.start(parentPort);
