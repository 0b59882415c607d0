import { useEffect, useState } from "react";
import { useSession } from "./session";

/** Whether this person has a second factor; without one until it is known. */
export function useHasFactor(): boolean {
  const { api } = useSession();
  const [hasFactor, setHasFactor] = useState(false);
  useEffect(() => {
    void api.security.secondFactor().then(
      ({ on }) => setHasFactor(on),
      () => undefined,
    );
  }, [api]);
  return hasFactor;
}
