type DeepPartial<T> = T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> } : T;

/** An object that has only the fields that the code under test reads. */
export function partly<T>(value: DeepPartial<T>): T {
  return value as T;
}
