import { PRODUCT } from "../i18n/untranslated";

/** The logo: four nodes, joined to an N. It is decorative, because the name stands beside it. */
export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
        <rect className="logo-tile" width="32" height="32" rx="8" />
        <path className="logo-edge" d="M10 21.4V10.6L22 21.4V10.6" />
        <circle className="logo-node" cx="10" cy="22" r="2.8" />
        <circle className="logo-node" cx="10" cy="10" r="2.8" />
        <circle className="logo-node" cx="22" cy="22" r="2.8" />
        <circle className="logo-live" cx="22" cy="10" r="2.8" />
      </svg>
      <span>{PRODUCT}</span>
    </span>
  );
}
