import { type FormEvent, useState } from "react";
import { ApiError, describeFailure } from "./api/problem";

type Fields = Readonly<Record<string, string>>;

/** Why a form was not sent, or not accepted. */
type Refused<Name extends string> = { readonly values: Record<Name, string> } | { readonly error: unknown };

export interface FormState {
  readonly pending: boolean;
  /** The problem of each field, by its name. */
  readonly fields: Fields;
  /** The problem that belongs to no field. */
  readonly failure: string | undefined;
  /** Whether that is a limit of the plan. */
  readonly isLimit: boolean;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

export const textOf = (data: FormData, name: string): string => {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
};

/**
 * Sends a form, only once at a time. `check` finds problems without a request. The server's field errors appear beside
 * the fields in `names`, all others above the form.
 */
export function useForm<Name extends string>(
  names: readonly Name[],
  check: (values: Record<Name, string>) => Partial<Record<Name, string>>,
  send: (values: Record<Name, string>) => Promise<void>,
): FormState {
  const [pending, setPending] = useState(false);
  // Not their texts, which change with the language.
  const [refused, setRefused] = useState<Refused<Name>>();

  const wrongFields = (why: Refused<Name>): Fields => {
    if (!("error" in why)) return check(why.values) as Fields;
    const all = why.error instanceof ApiError ? why.error.fields : {};
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.some((each) => each === name)));
  };
  const show = (form: HTMLFormElement, why: Refused<Name>) => {
    setRefused(why);
    const wrong = wrongFields(why);
    const first = names.find((name) => wrong[name]);
    if (first) form.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (pending) return;
    const form = event.currentTarget;
    const data = new FormData(form);
    const values = Object.fromEntries(names.map((name) => [name, textOf(data, name)])) as Record<Name, string>;
    if (Object.keys(check(values)).length > 0) return show(form, { values });
    setPending(true);
    setRefused(undefined);
    send(values)
      .catch((error: unknown) => show(form, { error }))
      .finally(() => setPending(false));
  };

  const fields = refused ? wrongFields(refused) : {};
  const general = refused !== undefined && "error" in refused && Object.keys(fields).length === 0;
  const failure = general ? describeFailure(refused.error) : undefined;
  const isLimit = general && refused.error instanceof ApiError && refused.error.isLimit;
  return { pending, fields, failure, isLimit, onSubmit };
}
