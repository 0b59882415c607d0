import { useTranslation } from "react-i18next";
import { chooseLanguage, languageCodes, languages } from "../i18n/language";

/** Each language by its own name, so that whoever cannot read the present one finds theirs. */
export function LanguageSelect() {
  const { t, i18n } = useTranslation();
  return (
    <select
      className="language"
      aria-label={t("language")}
      value={i18n.language}
      onChange={({ target }) => chooseLanguage(languageCodes[target.selectedIndex] ?? "en")}
    >
      {languageCodes.map((code) => (
        <option key={code} value={code} lang={languages[code].lang}>
          {languages[code].name}
        </option>
      ))}
    </select>
  );
}
