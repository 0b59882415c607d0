import { Duplex, PassThrough, Writable } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "@nexus/host";
import { forbiddenText } from "./api-errors";
import { kubernetesClient } from "./kubeconfig";
import type { PodPort } from "./reader";

/** The client library's result for an open port-forward. */
interface Tunnel {
  close(): void;
  on(event: "close" | "error", listener: (error?: Error) => void): unknown;
}

/** A stream over a tunnel: written bytes go to the pod, and bytes from the pod can be read. */
class PodStream extends Duplex {
  public readonly toPod = new PassThrough();
  public readonly fromPod: Writable;
  public readonly complaints: Writable;
  private tunnel: Tunnel | undefined;

  public constructor() {
    super({ allowHalfOpen: false });
    this.fromPod = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.destroyed) this.push(chunk);
        done();
      },
    });
    // The kubelet reports on a separate channel that nothing listens on the port.
    this.complaints = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (chunk.length > 0) this.destroy(new Error(chunk.toString("utf8").slice(0, 200)));
        done();
      },
    });
  }

  public attach(tunnel: Tunnel): void {
    this.tunnel = tunnel;
    tunnel.on("close", () => {
      if (!this.destroyed) this.push(null);
    });
    tunnel.on("error", (error) => this.destroy(error));
    if (this.destroyed) tunnel.close();
  }

  public override _read(): void {
    // Data is pushed as it arrives; the reader of a probe stops after 64 KiB.
  }

  public override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.toPod.write(chunk);
    done();
  }

  public override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.tunnel?.close();
    done(error);
  }
}

/** The same configuration, whose WebSockets are closed when the signal is aborted. */
function until(signal: AbortSignal, config: KubeConfig): KubeConfig {
  const applyToHTTPSOptions: KubeConfig["applyToHTTPSOptions"] = async (options) => {
    await config.applyToHTTPSOptions(options);
    Object.assign(options, { signal });
  };
  return Object.create(config, { applyToHTTPSOptions: { value: applyToHTTPSOptions } }) as KubeConfig;
}

/**
 * Connects to a port of a pod through the API server, as `kubectl port-forward` does.
 * @param signal ends the connection, also while it is being made
 * @throws Error that names the missing right, or says why there is no connection
 */
export async function connectToPod(config: KubeConfig, target: PodPort, signal: AbortSignal): Promise<Duplex> {
  const { namespace, pod, port } = target;
  const { PortForward } = await kubernetesClient();
  const stream = new PodStream();
  // The reader of the stream has its own error handler; this one is for errors before that.
  stream.on("error", () => undefined);
  try {
    const forward = new PortForward(until(signal, config));
    const { fromPod, complaints, toPod } = stream;
    stream.attach((await forward.portForward(namespace, pod, [port], fromPod, complaints, toPod)) as unknown as Tunnel);
    return stream;
  } catch (error) {
    const reason = messageOf(error);
    const request = { verb: "get or create", resource: "pods/portforward", namespace };
    throw new Error(/\b40[13]\b/.test(reason) ? forbiddenText(request) : reason, { cause: error });
  }
}
