import type { Difference } from '../../backend/backend';
import { t, wordsFor } from '../../i18n';

/** Which content of which record: "Số liệu (Số học sinh)" for a row of a list, "Mục tiêu, chỉ tiêu" for a text. */
export function contentWords({ kind, property, name: row }: Pick<Difference, 'kind' | 'property' | 'name'>): string {
  const [name = ''] = property.split('/');
  const words = wordsFor(`property.${property}`) ?? wordsFor(`property.${name}`) ?? name;
  const record = wordsFor(`recordKind.${kind}`) ?? t('recordKind.other');
  return row ? `${record}: ${words} (${row})` : `${record}: ${words}`;
}

/** Where the record is shown, when it has a screen of its own. */
export function recordHref({ kind, record }: Difference): string | undefined {
  if (kind === 'registration') return `#/models/${record}`;
  if (kind === 'visit') return `#/visits/${record}`;
  return undefined;
}

/** A text cut into pieces, the ones marked that its counterparts do not share. */
export interface Piece {
  text: string;
  differs: boolean;
}

/** Marks what lies between the words that two texts begin and end with alike. */
export function differingPieces(text: string, other: string): Piece[] {
  const [mine, theirs] = [words(text), words(other)];
  let start = 0;
  while (start < mine.length && start < theirs.length && mine[start] === theirs[start]) start += 1;
  let end = 0;
  while (end < mine.length - start && end < theirs.length - start && mine[mine.length - 1 - end] === theirs[theirs.length - 1 - end]) end += 1;
  const pieces = [
    { text: mine.slice(0, start).join(''), differs: false },
    { text: mine.slice(start, mine.length - end).join(''), differs: true },
    { text: mine.slice(mine.length - end).join(''), differs: false },
  ];
  return pieces.filter((piece) => piece.text !== '');
}

// Spaces are pieces of their own, so joining gives the text back.
const words = (text: string): string[] => text.match(/\S+|\s+/g) ?? [];
