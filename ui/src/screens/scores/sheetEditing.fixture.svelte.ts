import { call, type ScoreSheetView } from '../../backend/backend';
import { Asked } from '../../parts/asked.svelte';
import { SheetEditing } from './sheetEditing.svelte';

/** A sheet opened outside a component, as a test needs it. */
export function opened(): { asked: Asked<ScoreSheetView>; editing: SheetEditing; end: () => void } {
  const of = { visit: 'v-1', registration: 'r-1' };
  let sheet: { asked: Asked<ScoreSheetView>; editing: SheetEditing } | undefined;
  const end = $effect.root(() => {
    const asked = new Asked(() => call('scores.get', of));
    sheet = { asked, editing: new SheetEditing(asked, of) };
  });
  if (!sheet) throw new Error('the root runs at once');
  return { ...sheet, end };
}
