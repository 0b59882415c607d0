/** Errors of a code of the second factor. */
export const codeErrors = ["code_invalid", "second_factor_off", "second_factor_unreadable"] as const;

/** Errors of a password, or of the recent sign-in that replaces it. */
export const passwordErrors = ["credentials_invalid", "fresh_sign_in_needed"] as const;

/** Errors of a password and of the code that is needed besides it where a second factor is on. */
export const proofErrors = [...passwordErrors, ...codeErrors] as const;
