import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { zh } from "./zh";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: typeof en;
  }
}

/** The texts of the studio; language.ts chooses the language of a browser. */
void i18n.use(initReactI18next).init({
  resources: { en, zh },
  defaultNS: "common",
  lng: "en",
  initAsync: false,
  // React escapes what it shows.
  interpolation: { escapeValue: false },
});

export { i18n };
