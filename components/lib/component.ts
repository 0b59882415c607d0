/**
 * The inputs that components register. They leave out inputs that are known late, such as the digest of an image,
 * because such an input would delay every child of the component. They also leave out secrets, because each component
 * would store another copy in the state.
 */
export const NO_INPUTS = {};
