import type { FieldRow, ModelFilter, TotalCell } from '../../backend/backend';
import { modelsHref } from '../models/filter';

/** Field code under which models without a field of the scheme are listed. */
export const unclassifiedField = 'KHAC';

/** One column of figures: what it counts, and how its records are narrowed further. */
export interface Figure {
  key: string;
  label: string;
  /** What the label says in full, for a link that is read alone. */
  narrow: Partial<ModelFilter>;
  of: (cell: TotalCell) => number;
}

/** The columns of the table: all, how they were registered, then the scheme's fields in its order. */
export function figures(
  fields: readonly FieldRow[],
  words: { all: string; new: string; maintained: string; notSplit: string; unclassified: string; field: (field: FieldRow) => string },
): Figure[] {
  return [
    { key: 'total', label: words.all, narrow: {}, of: (cell) => cell.total },
    { key: 'new', label: words.new, narrow: { kind: 'new' }, of: (cell) => cell.new },
    { key: 'maintained', label: words.maintained, narrow: { kind: 'maintained' }, of: (cell) => cell.maintained },
    { key: 'not_split', label: words.notSplit, narrow: { kind: 'not_split' }, of: (cell) => cell.not_split },
    ...fields.map((field, index) => ({
      key: `field-${field.code}`,
      label: words.field(field),
      narrow: { field: field.code },
      of: (cell: TotalCell) => cell.by_field[index] ?? 0,
    })),
    { key: 'unclassified', label: words.unclassified, narrow: { field: unclassifiedField }, of: (cell) => cell.unclassified },
  ];
}

/** The address that lists exactly the models behind a figure: the answer's own filter, narrowed to the cell. */
export const recordsHref = (filter: ModelFilter, narrow: Partial<ModelFilter>): string => modelsHref({ ...filter, ...narrow });
