import { scaleLinear } from 'd3-scale';
import { symbol, symbolCircle, symbolDiamond, symbolSquare, symbolStar, symbolTriangle } from 'd3-shape';

export interface DotRow {
  id: string;
  label: string;
  max: number;
  /** One score per assessor key; null or missing means not scored, which is not zero. */
  scores: Readonly<Record<string, number | null>>;
}

/** Each assessor has a shape as well as a place in the legend, so colour is never needed. */
const shapes = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolStar] as const;

/** Distance between marks that stand above each other, in drawing units. */
const rise = 16;

/** Path of the nth assessor's mark, centred on 0,0. */
export function shapePath(index: number): string {
  return symbol(shapes[index % shapes.length] ?? symbolCircle, 110)() ?? '';
}

export interface DotPlace {
  row: DotRow;
  /** Highest less lowest of the scores that exist; null with fewer than two. */
  spread: number | null;
  low: number | null;
  high: number | null;
  /** Room the row needs for its tallest pile of equal scores. */
  height: number;
  dots: { key: string; index: number; value: number; x: number; y: number }[];
}

/**
 * Places every score on its row's own scale from 0 to that criterion's maximum. Equal scores stand one above the
 * other instead of hiding each other.
 */
export function placeDots(keys: readonly string[], rows: readonly DotRow[], left: number, right: number): DotPlace[] {
  return rows.map((row) => {
    const x = scaleLinear([0, row.max], [left, right]);
    const known = keys.flatMap((key, index) => {
      const value = row.scores[key];
      return value === null || value === undefined ? [] : [{ key, index, value }];
    });
    const values = known.map((dot) => dot.value);
    const low = values.length ? Math.min(...values) : null;
    const high = values.length ? Math.max(...values) : null;
    const dots = known.map((dot) => {
      const same = known.filter((other) => other.value === dot.value);
      const rank = same.findIndex((other) => other.key === dot.key);
      return { ...dot, x: x(dot.value), y: (rank - (same.length - 1) / 2) * rise };
    });
    return {
      row,
      height: 32 + rise * (Math.max(1, ...known.map((dot) => known.filter((other) => other.value === dot.value).length)) - 1),
      low: low === null ? null : x(low),
      high: high === null ? null : x(high),
      spread: low === null || high === null || values.length < 2 ? null : high - low,
      dots,
    };
  });
}

/** Rows with the largest share of their maximum in dispute first; unscored rows last; ties keep their order. */
export function byDifference(places: readonly DotPlace[]): DotPlace[] {
  const share = (place: DotPlace): number => (place.spread === null ? -1 : place.spread / place.row.max);
  return [...places].sort((a, b) => share(b) - share(a));
}
