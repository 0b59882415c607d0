/** Stands where a list will be. @param label what is loading, for a screen reader */
export function Skeleton({ label }: { readonly label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      <span className="skeleton-row" />
      <span className="skeleton-row" />
      <span className="skeleton-row" />
    </div>
  );
}
