import "@xyflow/react/dist/base.css";
import "../styles/graph.css";
import { Graph, layout } from "@dagrejs/dagre";
import {
  type AriaLabelConfig,
  Background,
  Controls,
  type Edge,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type CodeGraph, isRunnable, type StaleReason } from "../api/document";
import { AutoMark } from "../components/auto-mark";
import type { ShownCell } from "../shown-cells";

export interface GraphViewProps {
  readonly cells: readonly ShownCell[];
  readonly graph: CodeGraph | undefined;
  /** Shows a cell in the notebook. */
  readonly onOpen: (cellId: string) => void;
}

const WIDTH = 240;
const HEIGHT = 96;

type CellNode = Node<{
  readonly position: number;
  readonly code: string;
  readonly state: StaleReason | "fresh";
  readonly isAuto: boolean;
  readonly onOpen: () => void;
}>;

const nodeTypes = { cell: CellBox };

/** The cells and what they use of each other, from left to right. */
export function GraphView({ cells, graph, onOpen }: GraphViewProps) {
  const { t } = useTranslation("workspace");
  const shape = JSON.stringify([graph?.edges, graph?.cells.map(({ id }) => id)]);
  const places = useMemo(() => placesOf(graph), [shape]);
  if (cells.length === 0) return <p className="empty">{t("graphEmpty")}</p>;
  const known = new Map(graph?.cells.map((cell) => [cell.id, cell]));
  const nodes = cells.flatMap(({ id, code, saved }, index): CellNode[] => {
    const [place, cell] = [places.get(id), known.get(id)];
    if (!place || !cell) return [];
    const isAuto = saved?.auto === true && isRunnable(saved);
    const state = cell.stale ?? ("fresh" as const);
    const data = { position: index + 1, code, state, isAuto, onOpen: () => onOpen(id) };
    return [{ id, type: "cell", position: place, data, width: WIDTH, height: HEIGHT }];
  });
  const edges = (graph?.edges ?? []).map(({ from, to, names }): Edge => {
    const label = names.slice(0, 3).join(", ") + (names.length > 3 ? " …" : "");
    return { id: `${from} ${to}`, source: from, target: to, label, focusable: false };
  });
  const labels: Partial<AriaLabelConfig> = {
    "controls.ariaLabel": t("graphControls"),
    "controls.zoomIn.ariaLabel": t("zoomIn"),
    "controls.zoomOut.ariaLabel": t("zoomOut"),
    "controls.fitView.ariaLabel": t("fitView"),
    "minimap.ariaLabel": t("miniMap"),
  };
  return (
    <section className="graph" aria-label={t("graphOf")}>
      <ReactFlow
        key={shape}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        ariaLabelConfig={labels}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        fitView
        fitViewOptions={{ maxZoom: 1 }}
        minZoom={0.05}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
        <MiniMap pannable zoomable />
      </ReactFlow>
    </section>
  );
}

function CellBox({ data: { position, code, state, isAuto, onOpen } }: NodeProps<CellNode>) {
  const { t } = useTranslation("workspace");
  return (
    <>
      <Handle type="target" position={Position.Left} />
      <button type="button" className={`graph-cell graph-${state}`} onClick={onOpen}>
        <span className="graph-cell-head">
          {position} {isAuto && <AutoMark />} <span>{state !== "fresh" && t(`staleMark.${state}`)}</span>
        </span>
        <code>{code}</code>
      </button>
      <Handle type="source" position={Position.Right} />
    </>
  );
}

function placesOf(graph: CodeGraph | undefined): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const made = new Graph();
  made.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 96 });
  made.setDefaultEdgeLabel(() => ({}));
  for (const { id } of graph?.cells ?? []) made.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const { from, to } of graph?.edges ?? []) made.setEdge(from, to);
  layout(made);
  return new Map(
    (graph?.cells ?? []).map(({ id }) => {
      const { x = 0, y = 0 } = made.node(id) as { x?: number; y?: number };
      return [id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}
