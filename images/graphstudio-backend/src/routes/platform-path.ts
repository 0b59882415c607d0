/** Below it is what only administrators of the platform may do. */
export const PLATFORM_PATH = "/account/platform";
