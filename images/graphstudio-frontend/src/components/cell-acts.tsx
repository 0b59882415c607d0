import { useTranslation } from "react-i18next";
import { type DocumentCell, isRunnable } from "../api/document";
import type { Cell } from "../cells";

/** What somebody who may run code can do with a cell. */
export interface CellActs {
  readonly onRun: (cell: DocumentCell) => void;
  readonly onRemove: (cell: DocumentCell) => void;
  /** @param by -1 for one place up, 1 for one place down */
  readonly onMove: (cell: DocumentCell, by: -1 | 1) => void;
  readonly onAuto: (cell: DocumentCell, auto: boolean) => void;
  /** Cells of the document. */
  readonly count: number;
  /** The document may have changed. */
  readonly onWritten: () => void;
  /** Sends a run again; undefined while another one runs. */
  readonly onAskAgain: ((cell: Cell) => void) | undefined;
}

export interface CellActsProps {
  readonly cell: DocumentCell;
  readonly position: number;
  readonly acts: CellActs;
  readonly isRunning: boolean;
  /** Undefined while it is edited. */
  readonly onEdit: (() => void) | undefined;
}

/** The buttons of a cell. */
export function CellButtons({ cell, position, acts, isRunning, onEdit }: CellActsProps) {
  const { t } = useTranslation("workspace");
  const button = (label: string, text: string, act: () => void, isDisabled = false) => (
    <button
      type="button"
      className="button quiet small"
      aria-label={label}
      aria-disabled={isDisabled}
      onClick={() => !isDisabled && act()}
    >
      {text}
    </button>
  );
  return (
    <div className="cell-acts">
      {onEdit && button(t("editRun", { position }), t("edit"), onEdit)}
      {isRunnable(cell) && button(t("runCell", { position }), t("run"), () => acts.onRun(cell), isRunning)}
      {isRunnable(cell) && (
        <button
          type="button"
          role="switch"
          className="button quiet small cell-auto"
          aria-checked={cell.auto ?? false}
          aria-label={t("autoOfCell", { position })}
          title={t("runsItself")}
          onClick={() => acts.onAuto(cell, !cell.auto)}
        >
          {t("auto")}
        </button>
      )}
      {/* At the ends they stay, so that the focus does. */}
      {acts.count > 1 && button(t("moveUp", { position }), "↑", () => acts.onMove(cell, -1), position === 1)}
      {acts.count > 1 && button(t("moveDown", { position }), "↓", () => acts.onMove(cell, 1), position === acts.count)}
      {button(t("removeCell", { position }), t("remove"), () => acts.onRemove(cell))}
    </div>
  );
}
