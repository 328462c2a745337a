import { scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';

export interface BarPart {
  key: string;
  label: string;
  /** No group of its own: hatched, and last. */
  rest?: boolean;
}

export interface BarRow {
  id: string;
  label: string;
  /** Opens the records behind the row. */
  href?: string | undefined;
  /** Count per part key; a missing part is absent, not zero. */
  values: Readonly<Record<string, number>>;
}

export interface BarPiece {
  key: string;
  x: number;
  width: number;
  value: number;
  /** The number fits inside the piece. */
  fits: boolean;
}

/** Width that one digit with its share of padding takes in the bar, in drawing units. */
const digitWidth = 11;

/** Lays the rows out over `width` units. The longest row fills it; every other keeps its share. */
export function layStackedBars(
  parts: readonly BarPart[],
  rows: readonly BarRow[],
  width: number,
): { row: BarRow; total: number; pieces: BarPiece[] }[] {
  const totals = rows.map((row) => parts.reduce((sum, part) => sum + (row.values[part.key] ?? 0), 0));
  const x = scaleLinear([0, Math.max(1, ...totals)], [0, width]);
  const stacked = stack<BarRow, string>()
    .keys(parts.map((part) => part.key))
    .value((row, key) => row.values[key] ?? 0)(rows as BarRow[]);
  return rows.map((row, index) => ({
    row,
    total: totals[index] ?? 0,
    pieces: stacked.flatMap((series) => {
      const place = series[index];
      const value = row.values[series.key] ?? 0;
      if (!place || value <= 0) return [];
      const left = x(place[0]);
      const pieceWidth = x(place[1]) - left;
      return [{ key: series.key, x: left, width: pieceWidth, value, fits: pieceWidth >= digitWidth * (String(value).length + 1) }];
    }),
  }));
}
