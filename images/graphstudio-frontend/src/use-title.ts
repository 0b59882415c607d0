import { useEffect } from "react";
import { PRODUCT } from "./i18n/untranslated";

/** The title of the window: of this page, or of none in particular. */
export function useTitle(page: string | undefined): void {
  useEffect(() => {
    if (page !== undefined) document.title = `${page} · ${PRODUCT}`;
  }, [page]);
}
