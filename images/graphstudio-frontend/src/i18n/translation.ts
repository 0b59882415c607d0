/**
 * The texts of another language: exactly the keys of the English ones. English has a form of its own for one thing
 * ("…_one"), which the languages here do not have.
 */
export type Translation<English> = {
  readonly [Key in keyof English as Key extends `${string}_one` ? never : Key]: English[Key] extends string
    ? string
    : Translation<English[Key]>;
};
