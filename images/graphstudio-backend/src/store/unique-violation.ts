import { errorCode } from "@nexus/service";

/** Whether PostgreSQL refused a row because a unique constraint already has its values. */
export const isUniqueViolation = (error: unknown) => errorCode(error) === "23505";
