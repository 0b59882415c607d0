import { useEffect, useState } from "react";
import { useSession } from "./session";

/** Whether somebody may make an account here; true until it is known. */
export function useSignUpOpen(): boolean {
  const { api } = useSession();
  const [open, setOpen] = useState(true);
  useEffect(() => {
    // Whoever cannot ask is told when they sign up.
    void api.isSignUpOpen().then(setOpen, () => undefined);
  }, [api]);
  return open;
}
