import type { Feature } from "./feature";
import { projectFeatures } from "./project-features";
import { serviceFeatures } from "./service-features";

/** Every key of the specification; the documentation and the loss report are made from it. */
export const features: readonly Feature[] = [...projectFeatures, ...serviceFeatures];
