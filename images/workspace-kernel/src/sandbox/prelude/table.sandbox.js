// Rows and columns for `console.table`.
(function (primordials, { displayShort }) {
  const { indexOf, isArray, ownKeys, ownProperty, padEnd, repeat, slice } = primordials;
  const MAX_ROWS = 100;
  const MAX_COLUMNS = 20;
  const MAX_CELL = 100;
  /** Properties that are looked at in one object; a proxy decides how many it has. */
  const MAX_KEYS = 1000;
  const INDEX = "(index)";
  const VALUES = "Values";

  const cellOf = (value) => {
    const text = displayShort(value, MAX_CELL);
    return indexOf(text, "\n") < 0 ? text : "…";
  };
  const headingOf = (name) => (name.length > MAX_CELL ? slice(name, 0, MAX_CELL) + "…" : name);
  const isObject = (value) => typeof value === "object" && value !== null;

  /** Calls `visit` with name and value of the enumerable properties, up to the limit. */
  function eachProperty(object, max, visit) {
    const keys = ownKeys(object);
    for (let index = 0, seen = 0; index < keys.length && index < MAX_KEYS && seen < max; index += 1) {
      const property = typeof keys[index] === "string" ? ownProperty(object, keys[index]) : undefined;
      if (property === undefined || !property.enumerable) continue;
      visit(keys[index], property.get === undefined ? property.value : "[Getter]");
      seen += 1;
    }
  }

  /** `columns` holds names and widths by number; `rows` holds texts by number and name. */
  function read(data, wanted) {
    const columns = { __proto__: null, length: 0 };
    const rows = { __proto__: null, length: 0 };
    const numbers = { __proto__: null };
    const add = (name, isWanted) => {
      if (numbers[name] !== undefined || columns.length > MAX_COLUMNS) return;
      if (wanted !== undefined && !isWanted) return;
      numbers[name] = columns.length;
      const heading = headingOf(name);
      columns[columns.length] = { __proto__: null, name, heading, width: heading.length };
      columns.length += 1;
    };
    const put = (row, name, text) => {
      const column = numbers[name] === undefined ? undefined : columns[numbers[name]];
      if (column === undefined) return;
      row[name] = text;
      if (text.length > column.width) column.width = text.length;
    };
    add(INDEX, true);
    if (wanted !== undefined) eachProperty(wanted, MAX_COLUMNS, (_index, name) => add("" + name, true));
    let hasValues = false;
    eachProperty(data, MAX_ROWS, (name, value) => {
      const row = { __proto__: null };
      put(row, INDEX, headingOf(name));
      if (isObject(value))
        eachProperty(value, MAX_COLUMNS, (key, cell) => {
          add(key, false);
          put(row, key, cellOf(cell));
        });
      else {
        row[VALUES] = cellOf(value);
        hasValues = true;
      }
      rows[rows.length] = row;
      rows.length += 1;
    });
    if (hasValues) {
      add(VALUES, true);
      for (let index = 0; index < rows.length; index += 1)
        if (rows[index][VALUES] !== undefined) put(rows[index], VALUES, rows[index][VALUES]);
    }
    return { __proto__: null, columns, rows };
  }

  function line(columns, left, between, right, textOf) {
    let text = left;
    for (let index = 0; index < columns.length; index += 1) text += (index > 0 ? between : "") + textOf(columns[index]);
    return text + right;
  }

  /** The table as text; undefined if the data has no rows. `wanted` names the columns to show. */
  return function table(data, wanted) {
    if (!isObject(data)) return undefined;
    const { columns, rows } = read(data, isArray(wanted) ? wanted : undefined);
    const rule = (column) => repeat("─", column.width + 2);
    const row = (cells) =>
      line(
        columns,
        "│",
        "│",
        "│",
        ({ name, heading, width }) => " " + padEnd(cells === undefined ? heading : (cells[name] ?? ""), width) + " ",
      );
    let text =
      line(columns, "┌", "┬", "┐", rule) + "\n" + row(undefined) + "\n" + line(columns, "├", "┼", "┤", rule) + "\n";
    for (let index = 0; index < rows.length; index += 1) text += row(rows[index]) + "\n";
    return text + line(columns, "└", "┴", "┘", rule);
  };
});
