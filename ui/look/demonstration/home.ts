import type { Home } from '../../src/backend/backend';
import { model, units } from './data';
import type { Answers, Scene } from './scene';

const nothing: Home = {
  returned: [],
  waiting: [],
  waiting_count: 0,
  own_models: 0,
  to_carry_over: 0,
  not_held: 0,
  visits: [],
  unvisited: [],
  sum: null,
  sum_filter: null,
  missing: [],
  reported: 0,
  expected: 0,
  possible_duplicates: 0,
  year: null,
};

function of(scene: Scene): Home {
  if (scene.case === 'empty') return nothing;
  const year = 2026;
  switch (scene.role) {
    case 'post':
      return {
        ...nothing,
        year,
        returned: [model(0)],
        waiting: [model(3), model(8, { status: 'draft', name: '' })],
        waiting_count: 2,
        own_models: 14,
        to_carry_over: 6,
        not_held: 3,
        possible_duplicates: 1,
      };
    case 'administrator':
      return { ...nothing, year };
    case 'compiler':
      return {
        ...nothing,
        year,
        waiting: Array.from({ length: 10 }, (_, index) => model(2 + index * 5, { status: 'submitted' })),
        waiting_count: 27,
        sum: { total: 1354, new: 657, maintained: 655, not_split: 42, by_field: [300, 500, 354, 150], unclassified: 50 },
        reported: 6,
        expected: 9,
        missing: ['Đồn Biên phòng minh họa C', units[3]?.name ?? '', 'Xã minh họa 1'].map((name, index) => ({ unit: `m-${index}`, name })),
        possible_duplicates: 4,
      };
    default:
      return {
        ...nothing,
        year,
        visits: [1, 2].map((index) => ({
          visit: `v-${index}`,
          unit: 'u-a',
          unit_name: index === 1 ? 'Đồn Biên phòng minh họa A' : (units[3]?.name ?? ''),
          campaign_title: 'Khảo sát mô hình “Dân vận khéo” năm 2026 (minh họa)',
          delegation_number: 3,
          day: index === 1 ? '2026-05-11' : '--05-12',
          models: 6,
          my_complete: index === 1 ? 2 : 6,
          findings: 4,
          held: 'this_device' as const,
        })),
        unvisited: [{ id: 'x-1', name: 'Xã minh họa 1' }],
      };
  }
}

export const home = (scene: Scene): Answers => ({
  'home.get': () => of(scene),
  'visits.get': ({ visit }) => ({
    row: of(scene).visits.find((row) => row.visit === visit) ?? of(scene).visits[0]!,
    criteria: 'cs-1',
    place: '',
    attendance: '',
    agenda: [],
    findings: [],
    models: [],
    missing_parts: ['Bộ tiêu chí (minh họa)', 'đăng ký của đơn vị'],
    may_edit: true,
    may_agree: false,
    is_own: true,
    unfinished: null,
  }),
});
