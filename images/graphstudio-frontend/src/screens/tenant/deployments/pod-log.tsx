import { useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Pod } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { CloseRow } from "../../../components/close-row";
import { Dialog } from "../../../components/dialog";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { useSession } from "../../../session";

export interface PodLogProps {
  readonly deploymentId: string;
  readonly pod: Pod;
  readonly onClose: () => void;
}

/** A browser draws no more lines in time. */
const MOST_LINES = 5000;

/** The log of a pod, followed until the dialog is closed. */
export function PodLog({ deploymentId, pod, onClose }: PodLogProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const [container, setContainer] = useState(pod.containers.at(-1));
  const [previous, setPrevious] = useState(false);
  const [lines, setLines] = useState<readonly string[]>([]);
  const [failure, setFailure] = useState<unknown>();
  const [isOver, setOver] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    let waiting: string[] = [];
    let frame = 0;
    // Lines may come faster than a browser draws.
    const draw = () => {
      const more = waiting;
      waiting = [];
      frame = 0;
      setLines((before) => [...before, ...more].slice(-MOST_LINES));
    };
    const follow = async () => {
      try {
        for await (const { line } of deployments.logs(
          deploymentId,
          pod,
          { container, previous, follow: !previous },
          signal,
        )) {
          waiting.push(line);
          frame ||= requestAnimationFrame(draw);
        }
        setOver(true);
      } catch (error) {
        if (!signal.aborted) setFailure(error);
      }
    };
    setLines([]);
    setFailure(undefined);
    setOver(false);
    void follow();
    return () => {
      leaving.abort();
      cancelAnimationFrame(frame);
    };
  }, [deployments, deploymentId, pod, container, previous]);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <Dialog
      title={<Trans t={t} i18nKey="logOf" components={{ pod: <Name text={pod.name} /> }} />}
      wide
      onClose={onClose}
    >
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      <div className="filter">
        <label>
          {t("container")}
          <select value={container} onChange={({ target }) => setContainer(target.value)}>
            {pod.containers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <label className="choice">
        <input type="checkbox" checked={previous} onChange={({ target }) => setPrevious(target.checked)} />
        <span>{t("previous")}</span>
      </label>
      <pre
        ref={box}
        className="log"
        tabIndex={0}
        role="log"
        aria-label={t("lines")}
        data-testid="log"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {lines.join("\n")}
      </pre>
      <p className="entry-text" role="status">
        {isOver ? t(lines.length === 0 ? "logEmpty" : "logEnded") : failure === undefined && t("following")}
      </p>
      <CloseRow onClose={onClose} />
    </Dialog>
  );
}
