import { ApiError, describeFailure, told } from "../api/problem";
import { Notice } from "./notice";

/** Everything that a service found wrong, each with its place. */
export function Problems({ error }: { readonly error: unknown }) {
  const errors = error instanceof ApiError ? error.problem.errors : [];
  if (errors.length === 0) return <Notice>{describeFailure(error)}</Notice>;
  return (
    <Notice>
      <ul className="problems">
        {errors.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {/* Problems of files name their place themselves. */}
            {path !== "files" && path !== "" && <code>{path} </code>}
            {told(message)}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
