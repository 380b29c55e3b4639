export type Column = 'left' | 'right';

/** Lines of a table whose columns are as wide as their widest cell. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    columns
      .map((column, at) => {
        const cell = row[at] ?? '';
        const width = widths[at] ?? 0;
        return column === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
