import * as pulumi from "@pulumi/pulumi";

/** How nodes log in to a registry. */
export interface RegistryLogin {
  /** Host of the registry, such as `ghcr.io`, with its port if it has one. */
  readonly host: string;
  readonly username: string;
  readonly password: pulumi.Input<string>;
}

/** Type and content of the Secret with which nodes log in; its name is one of a pod's `imagePullSecrets`. */
export function registryLoginSecret({ host, username, password }: RegistryLogin) {
  const file = pulumi.secret(password).apply((text) => {
    const auth = Buffer.from(`${username}:${text}`).toString("base64");
    return JSON.stringify({ auths: { [host]: { username, password: text, auth } } });
  });
  return { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": file } };
}
