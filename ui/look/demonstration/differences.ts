import { Problem } from '../../src/backend/backend';
import type { Answers, Scene } from './scene';

export function differences(scene: Scene): Answers {
  const values = [
    { choice: 'a', text: 'Bảo đảm bữa sáng cho 48 học sinh điểm trường trong năm học 2025-2026.', who: 'Máy tính trực ban', claimed_at: Date.UTC(2026, 2, 2, 7, 0) },
    { choice: 'b', text: 'Bảo đảm bữa sáng cho toàn bộ học sinh điểm trường trong năm học 2025-2026.', who: 'Điện thoại của đội vận động quần chúng', claimed_at: Date.UTC(2026, 2, 2, 8, 0) },
  ];
  const title = 'Mô hình minh họa 01: Bữa sáng cho em ở điểm trường vùng biên';
  return {
    'differences.list': () => {
      if (scene.case === 'error') throw new Problem('internal');
      if (scene.case === 'empty') return { differences: [] };
      return {
        differences: [
          { record: 'r-0', kind: 'registration', title, property: 'goals', name: '', merged: true, values: [{ choice: 'm', text: values.map((one) => one.text).join('\n'), who: '', claimed_at: 0 }, ...values], may_resolve: true, decided_by: null },
          { record: 'a-1', kind: 'agreed_score', title, property: 'items/C1', name: 'C1', merged: false, values: [{ ...values[0]!, text: '9,5' }, { ...values[1]!, text: '8' }], may_resolve: false, decided_by: null },
          { record: 'r-2', kind: 'registration', title, property: 'place', name: '', merged: false, values: [{ ...values[0]!, text: 'Bản minh họa 2' }], may_resolve: false, decided_by: 'Máy tính tổng hợp' },
        ],
      };
    },
    'differences.resolve': () => {
      throw new Problem('differs_resolved_already');
    },
  };
}
