import type { Panels } from "../api/panels";

/** What the code of a workspace shows, as JSON; nothing where it shows nothing. */
export function PanelList({ panels }: { readonly panels: Panels }) {
  const names = Object.keys(panels).sort();
  if (names.length === 0) return null;
  return (
    <section className="panels" aria-label="Panels">
      {names.map((name) => (
        <figure key={name}>
          <figcaption>{name}</figcaption>
          <pre>{JSON.stringify(panels[name], undefined, 2)}</pre>
        </figure>
      ))}
    </section>
  );
}
