import type { WordsOf } from '../catalogue';
import type { search as vi } from '../vi/search';

export const search: WordsOf<typeof vi> = {
  'search.titleOf': 'Results for “{words}”',
  'search.found': 'Found: {n}',
  'search.model': 'Model',
  'search.unit': 'Unit',
  'search.ended': 'No longer there since {day}',
  'search.visit': 'Visit',
  'search.more': 'Only the 30 nearest results are shown. Add words to narrow them down.',
  'search.start': 'Enter words to search',
  'search.hint': 'Search by model, place, unit or day of a visit, with or without accents. Only what is on this device is searched.',
};
