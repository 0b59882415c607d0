import * as os from "node:os";
import * as path from "node:path";

/** A path that a person wrote, with `~` as the shell has it: programs that are started without a shell do not know it. */
export function expandHome(file: string): string {
  return path.resolve(file.replace(/^~(?=$|\/)/, os.homedir()));
}

/** The files to read, as kubectl finds them: the named one, else KUBECONFIG's list, else ~/.kube/config. */
export function kubeconfigFiles(named: string | undefined, environment = process.env): string[] {
  if (named) return [expandHome(named)];
  const listed = (environment.KUBECONFIG ?? "").split(path.delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed.map((file) => path.resolve(file)) : [path.join(os.homedir(), ".kube", "config")];
}
