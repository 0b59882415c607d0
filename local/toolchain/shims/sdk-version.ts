/** Version of @pulumi/pulumi that the language host belongs to; package.json pins the same. */
export const SDK_VERSION = "3.276.0";
/** Version of @pulumi/random whose RandomPassword the drop-in plugin implements; package.json pins the same. */
export const RANDOM_VERSION = "4.21.2";
/** Version of @pulumi/kubernetes and of the provider it asks for; package.json pins the same. */
export const KUBERNETES_SDK_VERSION = "4.34.2";
/** Version of @pulumi/docker and of the provider it asks for; package.json pins the same. */
export const DOCKER_VERSION = "5.2.0";
