import { z } from "zod";
import { choice, text } from "../fields";

/** Where the stack goes. */
export const clusterSection = z.strictObject({
  kind: choice(["auto", "local", "kind", "context"]).describe(
    "`local` is the platform that `npm run up` starts on this machine (Linux, root); `kind` is a cluster that it makes with kind, or with k3d, on a Docker engine; `auto` is `local` where it can run, else `kind`; the first `up` decides which. `context` is a named context of a kubeconfig. The current context is never used.",
  ),
  context: text(/^\S+$/, "the name of a context", "my-cluster")
    .describe("Context of the kubeconfig; required for `kind: context`. A change moves the stack to another cluster.")
    .optional(),
  kubeconfig: text(/\S/, "the path of a kubeconfig", "~/.kube/config")
    .describe("Kubeconfig with the context. Default: `$KUBECONFIG`, else `~/.kube/config`.")
    .optional(),
});
export type ClusterSection = z.output<typeof clusterSection>;
