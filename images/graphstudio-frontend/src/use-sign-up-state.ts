import { useEffect, useState } from "react";
import type { SignUpState } from "./api/types";
import { useSession } from "./session";

/** Who may make an account here; everybody until it is known. */
export function useSignUpState(): SignUpState {
  const { api } = useSession();
  const [state, setState] = useState<SignUpState>("open");
  useEffect(() => {
    // Whoever cannot ask is told when they sign up.
    void api.signUpState().then(setState, () => undefined);
  }, [api]);
  return state;
}
