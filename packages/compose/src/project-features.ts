import { carried, type Feature, isOff, isOneOf, lost, of } from "./feature";

/** The table for every key outside of `services`. */
export const projectFeatures: readonly Feature[] = [
  ...carried("nothing: the specification ignores it", "version"),
  ...carried("label `app.kubernetes.io/part-of`", "name"),
  ...carried("what it includes is converted with the rest", "include"),
  ...of("include", carried("the included project", "path", "env_file", "project_directory")),
  ...carried("see the rows below", "services", "networks", "volumes", "secrets", "configs"),
  ...lost("no model is run", "run a model server as a service and set its URL in `environment`", ["models"]),
  ...of("networks.*", [
    ...lost("pods share the network of the cluster; policies know the services of this project", "leave it out", [
      "name",
      "driver",
      "driver_opts",
      "ipam",
      "labels",
      "external",
    ]),
    ...carried("a NetworkPolicy: services with no other network reach nothing else", "internal"),
    ...lost("the cluster decides on address families", "leave it out", ["enable_ipv4", "enable_ipv6"]),
    ...lost("containers outside of the stack cannot attach", "leave it out", ["attachable"], isOff),
  ]),
  ...of("volumes.*", [
    ...carried("size, storage class and access mode of the claim", "x-nexus"),
    ...of("x-nexus", carried("the claim", "size", "storage_class", "access_mode")),
    ...carried("name of the claim that several services share", "name"),
    ...carried("the claim must exist and is not made", "external"),
    ...of("external", carried("name of the claim", "name")),
    ...carried("annotations of the claim", "labels"),
    ...lost("storage classes take the place of drivers", "set `x-nexus.storage_class`", ["driver"], isOneOf("local")),
    ...lost("storage classes take the place of driver options", "set `x-nexus.storage_class`", ["driver_opts"]),
  ]),
  ...of("configs.*", [
    ...carried("a ConfigMap, or a Secret where the content looks secret", "content", "file", "environment"),
    ...carried("name of the object", "name"),
    ...carried("the ConfigMap must exist and is not made", "external"),
    ...of("external", carried("name of the ConfigMap", "name")),
    ...lost("labels of files are not carried over", "leave them out", ["labels"]),
    ...lost("the content is taken as it is", "write the final content", ["template_driver"]),
  ]),
  ...of("secrets.*", [
    ...carried("a Secret", "file", "environment"),
    ...carried("name of the object", "name"),
    ...carried("the Secret must exist and is not made", "external"),
    ...of("external", carried("name of the Secret", "name")),
    ...lost("labels of files are not carried over", "leave them out", ["labels"]),
    ...lost("the content is taken as it is", "write the final content", ["template_driver"]),
    ...lost("no driver is used", "make the Secret with an operator and set `external: true`", [
      "driver",
      "driver_opts",
    ]),
  ]),
];
