import { i18n } from ".";

/** Each language by its own name, and the value of `lang` by which browsers choose the shapes of its characters. */
export const languages = {
  en: { name: "English", lang: "en" },
  zh: { name: "简体中文", lang: "zh-Hans" },
} as const;

export type Language = keyof typeof languages;
export const languageCodes = Object.keys(languages) as Language[];

const KEY = "nexus.language";

const isLanguage = (value: string | null | undefined): value is Language => Object.hasOwn(languages, value ?? "");

function chosenLanguage(): Language | undefined {
  try {
    const chosen = localStorage.getItem(KEY);
    return isLanguage(chosen) ? chosen : undefined;
  } catch {
    // Storage can be blocked; the languages of the browser then decide.
    return undefined;
  }
}

/** The first language of a browser that the studio speaks; English if it speaks none of them. */
export const languageOf = (wanted: readonly string[]): Language =>
  wanted.map((each) => each.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";

/** Speaks the chosen language, or the browser's, and follows a choice in another tab. */
export function followLanguage(): void {
  i18n.on("languageChanged", (language) => {
    if (isLanguage(language)) document.documentElement.lang = languages[language].lang;
  });
  const follow = () => void i18n.changeLanguage(chosenLanguage() ?? languageOf(navigator.languages));
  follow();
  window.addEventListener("languagechange", follow);
  // Without a key the whole storage was emptied.
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) follow();
  });
}

export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage can be blocked; the choice then lasts until the next reload.
  }
  void i18n.changeLanguage(language);
}
