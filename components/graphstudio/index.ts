import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import type { PlatformArgs } from "../lib/platform";
import { Backend, type BackendArgs } from "./backend";
import { Frontend, type FrontendArgs } from "./frontend";

const TYPE = "nexus:graphstudio:GraphStudio";

export interface GraphStudioArgs extends PlatformArgs {
  /** Accounts and sessions. @default none: tokens come from elsewhere */
  readonly backend?: Omit<BackendArgs, keyof PlatformArgs>;
  /** The web application. @default none */
  readonly frontend?: Omit<FrontendArgs, keyof PlatformArgs>;
}

/**
 * The studio: accounts behind it and the web application in front.
 *
 * @example new GraphStudio("studio", { ...platform, backend: {...}, frontend: {...} })
 */
export class GraphStudio extends pulumi.ComponentResource {
  public constructor(name: string, args: GraphStudioArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { backend, frontend, ...platform } = args;
    if (backend) new Backend(`${name}-backend`, { ...platform, ...backend }, { parent: this });
    if (frontend) new Frontend(`${name}-frontend`, { ...platform, ...frontend }, { parent: this });
    this.registerOutputs({});
  }
}
