import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

type Theme = "light" | "dark";

/** Also read by public/theme.js before the first paint. */
const KEY = "nexus.theme";
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

const chosenTheme = (): Theme | undefined => {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : undefined;
};

function choose(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage can be blocked; the choice then lasts until the next reload.
  }
}

export function ThemeToggle() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(chosenTheme);
  const [system, setSystem] = useState(systemIsDark.matches);
  useEffect(() => {
    const follow = () => setSystem(systemIsDark.matches);
    systemIsDark.addEventListener("change", follow);
    return () => systemIsDark.removeEventListener("change", follow);
  }, []);

  const theme = chosen ?? (system ? "dark" : "light");
  const other = theme === "dark" ? "light" : "dark";
  const toggle = () => {
    choose(other);
    setChosen(other);
  };
  return (
    <button type="button" className="icon-button" onClick={toggle} aria-label={t(`useTheme.${other}`)}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {theme === "dark" ? (
          <path
            className="stroke"
            d="M10 3V1.5M10 18.5V17M3 10H1.5M18.5 10H17M5 5 4 4M16 16l-1-1M15 5l1-1M4 16l1-1M13.5 10a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z"
          />
        ) : (
          <path className="stroke" d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7Z" />
        )}
      </svg>
    </button>
  );
}
