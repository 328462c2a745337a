import { Problem, type FacetCount, type ModelRow } from '../../src/backend/backend';
import { cycles, models as made } from './data';
import type { Answers, Scene } from './scene';

const counts = (rows: readonly ModelRow[], of: (row: ModelRow) => string): FacetCount[] => {
  const found = new Map<string, number>();
  for (const row of rows) found.set(of(row), (found.get(of(row)) ?? 0) + 1);
  return [...found].map(([value, count]) => ({ value, count }));
};

export function models(scene: Scene): Answers {
  const all = made({ some: 5, empty: 0, many: 340, error: 5 }[scene.case]).filter((row) => scene.role !== 'post' || row.unit === 'u-a' || scene.case === 'some');
  return {
    'cycles.list': () => ({ cycles: scene.case === 'empty' ? [] : cycles }),
    'models.list': ({ filter, after, limit }) => {
      if (scene.case === 'error') throw new Problem('damaged_database');
      const rows = all.filter((row) => (!filter?.status || row.status === filter.status) && (!filter?.query || row.name.includes(filter.query)));
      const from = Number(after ?? 0);
      const to = from + (limit ?? 50);
      return { rows: rows.slice(from, to), next: to < rows.length ? String(to) : null };
    },
    'models.facets': () => ({
      total: all.length,
      status: counts(all, (row) => row.status),
      field: counts(all, (row) => row.field ?? ''),
      kind: counts(all, (row) => row.kind),
    }),
    'search.everywhere': ({ query }) => ({
      hits:
        scene.case === 'empty'
          ? []
          : [
              ...all.slice(0, 4).map((row) => ({ kind: 'registration', id: row.registration, title: row.name, detail: `${row.unit_name}, ${row.year}`, ended: null })),
              { kind: 'unit', id: 'u-b', title: 'Đồn Biên phòng cửa khẩu quốc tế minh họa B phụ trách địa bàn ba xã biên giới', detail: query, ended: null },
              { kind: 'visit', id: 'v-1', title: 'Đồn Biên phòng minh họa A', detail: '11/5', ended: null },
            ],
    }),
    'registrations.start': () => {
      throw new Problem('disk_full');
    },
  };
}
