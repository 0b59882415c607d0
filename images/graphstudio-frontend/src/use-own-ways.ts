import { useEffect, useState } from "react";
import type { OwnWays } from "./api/types";
import { useSession } from "./session";

/** How this person can sign in; with a password until it is known, or where the backend does not say. */
export function useOwnWays(): OwnWays {
  const { api, state } = useSession();
  const [ways, setWays] = useState<OwnWays>({ password: true, oidc: false });
  useEffect(() => void api.ownWays().then(setWays, () => undefined), [api, state]);
  return ways;
}
