/** Version of @pulumi/pulumi that the language host belongs to; package.json pins the same. */
export const SDK_VERSION = "3.220.0";
/** Version of @pulumi/random whose RandomPassword the drop-in plugin implements; package.json pins the same. */
export const RANDOM_VERSION = "4.21.2";
