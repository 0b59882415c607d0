import * as os from "node:os";
import * as path from "node:path";

/**
 * A path that a person wrote, with `~` expanded as a shell would: programs that are started without a shell do not
 * expand it.
 */
export function expandHome(file: string): string {
  return path.resolve(file.replace(/^~(?=$|\/)/, os.homedir()));
}

/** The kubeconfig files, found as kubectl does: the named one, else the list in KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFiles(named: string | undefined, environment = process.env): string[] {
  if (named) return [expandHome(named)];
  const listed = (environment.KUBECONFIG ?? "").split(path.delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed.map((file) => path.resolve(file)) : [path.join(os.homedir(), ".kube", "config")];
}
