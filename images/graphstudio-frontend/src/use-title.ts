import { useEffect } from "react";

/** The name of the product, the same in every language. */
export const PRODUCT = "Nexus Studio";

/** The title of the window: of this page, or of none in particular. */
export function useTitle(page: string | undefined): void {
  useEffect(() => {
    if (page !== undefined) document.title = `${page} · ${PRODUCT}`;
  }, [page]);
}
