/** Discovery for programs: find infrastructure in a cluster, and give a stack's variables its addresses. */
export { bindVariables, discoveredValues, type Binding, type BindOptions, type Bound } from "./binding";
export { composeVariables } from "../components/compose/variables";
export {
  resolveValue,
  resolveValues,
  type ResolvedValue,
  type ValueLayers,
  type ValueSource,
} from "../components/lib/value-order";
export { meaningOf, type WantedVariable } from "./binding/variable-meaning";
export { DiscoveryError } from "./discovery-error";
export { discover, type DiscoverOptions, type Discovery } from "./scan";
