import { useTranslation } from "react-i18next";
import type { Role } from "../api/types";

export interface RoleSelectProps {
  readonly label: string;
  /** The roles to choose from; one alone cannot be changed. */
  readonly roles: readonly Role[];
  readonly value: Role;
  readonly onChange: (role: Role) => void;
}

export function RoleSelect({ label, roles, value, onChange }: RoleSelectProps) {
  const { t } = useTranslation();
  return (
    <select
      className="role"
      aria-label={label}
      value={value}
      disabled={roles.length < 2}
      onChange={({ target }) => onChange(roles[target.selectedIndex] ?? value)}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {t(`roles.${role}`)}
        </option>
      ))}
    </select>
  );
}
