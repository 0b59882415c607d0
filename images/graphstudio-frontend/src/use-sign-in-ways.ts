import { useEffect, useState } from "react";
import type { SignInWays } from "./api/types";
import { useSession } from "./session";

/** How people sign in here; with passwords until it is known. */
export function useSignInWays(): SignInWays {
  const { api } = useSession();
  const [ways, setWays] = useState<SignInWays>({ passwords: true, oidc: null });
  useEffect(() => {
    // Without an answer the log-in with a password stays.
    void api.signInWays().then(setWays, () => undefined);
  }, [api]);
  return ways;
}
