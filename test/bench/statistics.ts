/** The value below which a share of the others lie: `quantile(values, 0.5)` is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

export interface Row {
  readonly what: string;
  readonly value: string;
  /** What it is measured against in the same run. */
  readonly floor: string;
  readonly ratio: string;
}

export function printRows(title: string, rows: readonly Row[]): void {
  const cells = [
    ['', 'measured', 'floor', 'ratio'],
    ...rows.map(row => [row.what, row.value, row.floor, row.ratio]),
  ];
  const widths = [0, 1, 2, 3].map(column => Math.max(...cells.map(line => line[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const line of cells) {
    console.log(
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    );
  }
}

/** A row of medians, of times in µs. */
export function compared(what: string, values: readonly number[], floors: readonly number[]): Row {
  const [value, floor] = [median(values) / 1000, median(floors) / 1000];
  return { what, value: ms(value), floor: ms(floor), ratio: ratio(value, floor) };
}

export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const ratio = (value: number, floor: number) => (value / floor).toFixed(2);
