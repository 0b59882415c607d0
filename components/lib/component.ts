/**
 * What components register as their inputs. An input that is known late, such as an image's digest, would hold back
 * every child of its component, and a secret would be in the state once more for each component that passes it on.
 */
export const NO_INPUTS = {};
