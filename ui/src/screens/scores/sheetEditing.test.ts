import { afterEach, expect, test, vi } from 'vitest';
import type { SaveScores, ScoreItem, ScoreSheetView } from '../../backend/backend';
import { notEligibleKey } from './sheetEditing.svelte';
import { opened } from './sheetEditing.fixture.svelte';

const realFetch = globalThis.fetch;
let end: (() => void) | undefined;
// Nothing happens elsewhere while these tests run, so the line of events stays quiet.
vi.stubGlobal('EventSource', class extends EventTarget { close(): void {} });

afterEach(() => {
  end?.();
  globalThis.fetch = realFetch;
});

const first: ScoreSheetView = {
  visit: 'v-1',
  registration: 'r-1',
  model_name: 'Bữa sáng',
  unit_name: 'Đơn vị minh họa',
  criteria: {
    id: 'c-1', code: 'cs', version: '1', title: 'Bộ tiêu chí', level: 'mô hình', constructed: true, provenance: '',
    scale: { type: 'points', max: 10_000, step: 50 }, groups: [], bands: [],
  },
  items: [{ code: 'A1', points: 400, note: '' }],
  not_eligible: null,
  answered: 1,
  total_criteria: 3,
  total: 400,
  band: null,
  mandatory_zero: [],
  slot: 2,
  changed_since_scored: false,
  may_edit: true,
  sheet: 's-1',
  unfinished: null,
};

type Asked = { method: string; params: Record<string, unknown> };

/** A small device behind the door: it saves what it is given, and asks about a phone number that nobody has looked at. */
function deviceWith(view: ScoreSheetView): Asked[] {
  const asked: Asked[] = [];
  let now = view;
  globalThis.fetch = async (_address, init) => {
    const { method, params } = JSON.parse(String(init?.body)) as Asked;
    asked.push({ method, params });
    if (method === 'scores.save') {
      const { items = [], not_eligible, personal_data_checked } = params as unknown as SaveScores;
      const personal = (text: string | null | undefined): boolean => /0\d{9}/.test(text ?? '') && personal_data_checked !== true;
      const noted = items.find((item) => personal(item.note));
      const about = noted ? { property: 'note', code: noted.code } : personal(not_eligible) ? { property: 'not_eligible' } : undefined;
      if (about) {
        const problem = { code: 'personal_data', params: { ...about, kind: 'phone', excerpt: '0900000000' } };
        return new Response(JSON.stringify(problem), { status: 409 });
      }
      const kept = now.items.filter((item) => !items.some((one) => one.code === item.code));
      now = { ...now, items: [...kept, ...items], not_eligible: not_eligible === undefined ? now.not_eligible : not_eligible || null, unfinished: null };
    }
    return new Response(JSON.stringify(method.startsWith('scores.') ? now : {}));
  };
  return asked;
}

const saves = (asked: readonly Asked[]): ScoreItem[][] =>
  asked.filter((one) => one.method === 'scores.save').map((one) => one.params['items'] as ScoreItem[]);
const kept = (asked: readonly Asked[]): unknown => asked.findLast((one) => one.method === 'typing.keep')?.params['contents'];

async function open(view: ScoreSheetView) {
  const asked = deviceWith(view);
  const sheet = opened();
  end = sheet.end;
  await vi.waitFor(() => expect(sheet.asked.answer).toBeDefined());
  return { asked, editing: sheet.editing };
}

test('what is entered is kept as it stands, under the sheet, and forgotten once it is saved', async () => {
  const { asked, editing } = await open(first);
  editing.change('A2', { points: 350 });
  editing.change('A2', { note: 'Đang gõ' });
  await editing.keep();
  expect(asked.findLast((one) => one.method === 'typing.keep')?.params).toEqual({
    record: 's-1',
    contents: { 'items/A2/points': '350', 'items/A2/note': 'Đang gõ' },
  });
  await editing.save();
  expect(saves(asked)).toEqual([[{ code: 'A2', points: 350, note: 'Đang gõ' }]]);
  expect(kept(asked)).toEqual({});
  expect(editing.mark).toBe('saved');
});

test('entering is kept by itself within a second', async () => {
  const { asked, editing } = await open(first);
  editing.change('A1', { points: 450 });
  await vi.waitFor(() => expect(kept(asked)).toEqual({ 'items/A1/points': '450', 'items/A1/note': '' }), { timeout: 1000 });
});

test('a note that may carry personal data waits for a person and holds up no other row', async () => {
  const { asked, editing } = await open(first);
  editing.change('A2', { points: 350 });
  editing.change('A1', { note: 'Hỏi số 0900000000' });
  await editing.save();
  expect(editing.questioned['A1']?.params['excerpt']).toBe('0900000000');
  expect(saves(asked).at(-1)).toEqual([{ code: 'A2', points: 350, note: '' }]);
  expect(kept(asked), 'the note is not lost meanwhile').toEqual({ 'items/A1/points': '400', 'items/A1/note': 'Hỏi số 0900000000' });
  await editing.keepText('A1');
  expect(editing.questioned).toEqual({});
  expect(saves(asked).at(-1)).toEqual([{ code: 'A1', points: 400, note: 'Hỏi số 0900000000' }]);
  expect(asked.findLast((one) => one.method === 'scores.save')?.params['personal_data_checked']).toBe(true);
});

test('a note that is mended is asked about anew', async () => {
  const { editing } = await open(first);
  editing.change('A1', { note: 'Hỏi số 0900000000' });
  await editing.save();
  editing.change('A1', { note: 'Hỏi lại đơn vị' });
  expect(editing.questioned).toEqual({});
  await editing.save();
  expect(editing.dirty).toBe(false);
});

test('the reason for "not eligible" is asked about, kept and taken back', async () => {
  const { asked, editing } = await open(first);
  await editing.setNotEligible('Gọi 0900000000');
  expect(editing.questioned[notEligibleKey]).toBeDefined();
  expect(editing.notEligible).toBe('Gọi 0900000000');
  await editing.keep();
  expect(kept(asked)).toEqual({ not_eligible: 'Gọi 0900000000' });
  await editing.setNotEligible('');
  expect(editing.notEligible, 'nothing was said, so nothing is left').toBeNull();
  expect(kept(asked)).toEqual({});
});

test('typing from before a crash stands on the sheet again and is saved', async () => {
  const contents = { 'items/A2/points': '250', 'items/A2/note': 'Gõ dở', 'items/A1/note': 'Thêm', 'invented/x': 'y' };
  const { asked, editing } = await open({ ...first, unfinished: { record: 's-1', contents, typed_at: 0 } });
  await vi.waitFor(() => expect(saves(asked)).toHaveLength(1));
  expect(editing.restored).toBe(true);
  expect(saves(asked)[0]).toEqual([
    { code: 'A2', points: 250, note: 'Gõ dở' },
    { code: 'A1', points: 400, note: 'Thêm' },
  ]);
});
