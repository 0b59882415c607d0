import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import type { Values } from "../lib/environment";
import { Backend, type BackendArgs } from "./backend";
import { Frontend, type FrontendArgs } from "./frontend";

const TYPE = "nexus:graphstudio:GraphStudio";

/** What both parts get from the studio. */
type Given = "namespace" | "values" | "backendUrl" | "kernelUrl" | "kernelSocketUrl";

export interface GraphStudioArgs {
  /** Namespace of every object. */
  readonly namespace: pulumi.Output<string>;
  /** Shared settings and secrets. */
  readonly values: Values;
  /** Accounts and sessions. */
  readonly backend: Omit<BackendArgs, Given>;
  /** The web application. */
  readonly frontend: Omit<FrontendArgs, Given>;
  /** URLs of the kernel inside the cluster. */
  readonly kernel: { readonly endpoint: pulumi.Input<string>; readonly socketEndpoint: pulumi.Input<string> };
}

/**
 * The studio: accounts behind it and the web application in front.
 *
 * @example new GraphStudio("studio", { namespace, values, kernel, backend: {...}, frontend: {...} })
 */
export class GraphStudio extends pulumi.ComponentResource {
  /** URL of the backend inside the cluster. */
  public readonly backendEndpoint: pulumi.Output<string>;

  public constructor(name: string, args: GraphStudioArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { namespace, values, kernel } = args;
    const backend = new Backend(`${name}-backend`, { ...args.backend, namespace, values }, { parent: this });
    const urls = {
      kernelUrl: kernel.endpoint,
      kernelSocketUrl: kernel.socketEndpoint,
      backendUrl: backend.endpoint,
    };
    new Frontend(`${name}-frontend`, { ...args.frontend, ...urls, namespace, values }, { parent: this });
    this.backendEndpoint = backend.endpoint;
    this.registerOutputs({ backendEndpoint: this.backendEndpoint });
  }
}
