import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { Backend, type BackendArgs } from "./backend";
import { Frontend, type FrontendArgs } from "./frontend";

const TYPE = "nexus:graphstudio:GraphStudio";

export interface GraphStudioArgs {
  /** Accounts and sessions; undefined if tokens come from elsewhere. */
  readonly backend: BackendArgs | undefined;
  /** The web application; undefined for none. */
  readonly frontend: FrontendArgs | undefined;
}

/**
 * The studio: accounts and the web application.
 *
 * @example new GraphStudio("studio", { backend: {...}, frontend: {...} })
 */
export class GraphStudio extends pulumi.ComponentResource {
  public constructor(name: string, { backend, frontend }: GraphStudioArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    if (backend) new Backend(`${name}-backend`, backend, { parent: this });
    if (frontend) new Frontend(`${name}-frontend`, frontend, { parent: this });
    this.registerOutputs({});
  }
}
