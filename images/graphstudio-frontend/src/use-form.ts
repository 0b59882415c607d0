import { type FormEvent, useState } from "react";
import { ApiError, describeFailure } from "./api/problem";

export interface FormState {
  readonly pending: boolean;
  /** The problem of each field, by its name. */
  readonly fields: Readonly<Record<string, string>>;
  /** The problem that belongs to no field. */
  readonly failure: string | undefined;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

const textOf = (data: FormData, name: string): string => {
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
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<string>();

  const show = (form: HTMLFormElement, wrong: Readonly<Record<string, string>>, message?: string) => {
    setFields(wrong);
    setFailure(message);
    const first = names.find((name) => wrong[name]);
    if (first) form.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (pending) return;
    const form = event.currentTarget;
    const data = new FormData(form);
    const values = Object.fromEntries(names.map((name) => [name, textOf(data, name)])) as Record<Name, string>;
    const wrong = check(values) as Readonly<Record<string, string>>;
    if (Object.keys(wrong).length > 0) return show(form, wrong);
    setPending(true);
    setFailure(undefined);
    setFields({});
    send(values)
      .catch((error: unknown) => {
        const all = error instanceof ApiError ? error.fields : {};
        const known = Object.fromEntries(Object.entries(all).filter(([name]) => names.some((each) => each === name)));
        show(form, known, Object.keys(known).length > 0 ? undefined : describeFailure(error));
      })
      .finally(() => setPending(false));
  };

  return { pending, fields, failure, onSubmit };
}
