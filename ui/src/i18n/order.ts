const collator = new Intl.Collator('vi', { numeric: true });

/** Order of the Vietnamese alphabet, whatever the language of the screen: the names are Vietnamese. */
export function inVietnameseOrder(a: string, b: string): number {
  return collator.compare(a, b);
}

/**
 * Folds a text the way search does: no marks, no case, đ as d (it does not decompose).
 * For narrowing a list that is already on screen; searching records is the device's work.
 */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase();
}
