import type { Snippet } from 'svelte';

/** One column of a `Table`. On a phone the first column is the card's title, the others its labelled lines. */
export interface TableColumn<Row> {
  key: string;
  label: string;
  /** What stands in the cell; `cell` wins where words alone do not do. */
  text?: (row: Row) => string;
  cell?: Snippet<[Row]> | undefined;
  align?: 'start' | 'end';
  /** `narrow` takes no more than its content, `wide` keeps room for a name; the rest is divided by content. */
  width?: 'narrow' | 'regular' | 'wide';
  /** On a phone: left out where it would repeat what the card already says. */
  onPhone?: boolean;
  sortable?: boolean;
}

export interface TableOrder {
  key: string;
  direction: 'ascending' | 'descending';
}
