import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImportReport } from '../../backend/backend';
import ImportFindings from './ImportFindings.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
beforeEach(() => document.body.append((place = document.createElement('main'))));
afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = undefined;
  place.remove();
});

const gap = { row: 4, column: 'Có hiệu lực từ ngày', code: 'leaves_a_gap', params: { from: '2025-07-01', until: '2025-09-01' } };
const bad = { row: 7, column: 'Cấp', reason: 'unknown_level', value: 'xa' };

function open(report: Partial<ImportReport>): HTMLTableElement[] {
  const actions = createRawSnippet(() => ({ render: () => '<button>Nhập</button>' }));
  const props = { report: { applied: false, good: 3, created: 3, changed: 0, refused: [], remarks: [], ...report }, fileName: 'don-vi.xlsx', actions };
  mounted = mount(ImportFindings, { target: place, props });
  flushSync();
  return [...place.querySelectorAll('table')];
}

test('rows to look at stand apart from the refused ones', () => {
  const [refused, remarks, ...more] = open({ refused: [bad], remarks: [gap] });
  expect(more).toEqual([]);
  expect(refused?.textContent).toContain('Dòng 7');
  expect(refused?.textContent).not.toContain('Dòng 4');
  expect(remarks?.textContent).toContain('Dòng 4');
  expect(remarks?.textContent).toContain('Từ 01/07/2025 đến trước 01/09/2025');
  expect(place.textContent).toContain('chưa có gì được nhập');
});

test('doubtful rows alone refuse nothing, and it is said that they are imported', () => {
  const tables = open({ remarks: [gap] });
  expect(tables).toHaveLength(1);
  expect(place.textContent).toContain('Các dòng này được nhập cùng các dòng đúng');
  expect(place.textContent).not.toContain('Dòng chưa đúng');
});

test('without doubt there is no such table', () => {
  expect(open({})).toEqual([]);
  expect(place.textContent).not.toContain('Dòng nên xem lại');
});
