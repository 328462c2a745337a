import { Problem } from '../../src/backend/backend';
import { fields, units } from './data';
import type { Answers, Scene } from './scene';

export function reference(scene: Scene): Answers {
  const none = scene.case === 'empty';
  const many = Array.from({ length: 240 }, (_, index) => ({ ...units[4]!, id: `y-${index}`, name: `Xã minh họa ${index + 1}` }));
  return {
    'units.list': () => ({ units: none ? [] : scene.case === 'many' ? [...units, ...many] : units }),
    'units.template': () => ({ file_name: 'don-vi.xlsx', content_base64: '' }),
    'schemes.list': () => ({ schemes: none ? [] : [{ id: 's-1', owner: 'Tỉnh minh họa', valid_from: '2025-07-01', fields }] }),
    'criteria.list': () => ({
      sets: none
        ? []
        : [
            {
              id: 'cs-1',
              code: 'cs-mo-hinh-100',
              version: '1',
              title: 'Tiêu chí mô hình, thang 100 điểm (minh họa)',
              level: 'model',
              scale: { type: 'points', max: 10000, step: 50 },
              constructed: true,
              provenance: 'Xây dựng để minh họa, không phải do tỉnh ban hành.',
              groups: [
                {
                  code: 'A',
                  vi: 'Tổ chức thực hiện',
                  max: 4000,
                  criteria: [
                    { code: 'C1', vi: 'Có kế hoạch, được cấp ủy phê duyệt và tổ chức lấy ý kiến Nhân dân', en: 'A plan approved and discussed', max: 1000, mandatory: true },
                    { code: 'C2', vi: 'Phân công rõ lực lượng', en: null, max: 750, mandatory: false },
                  ],
                },
              ],
              bands: [
                { code: 'tot', vi: 'Tốt', min: 8000 },
                { code: 'kha', vi: 'Khá', min: 6500 },
              ],
            },
            {
              id: 'cs-2',
              code: 'cs-minh-hoa-khong-diem',
              version: '2',
              title: 'Tiêu chí không nêu điểm từng mục (minh họa)',
              level: 'unit',
              scale: { type: 'points', max: 10000, step: 50 },
              constructed: false,
              provenance: 'Xây dựng để minh họa.',
              groups: [{ code: 'Q', vi: 'Nội dung', max: null, criteria: [{ code: 'Q1', vi: 'Có kế hoạch năm', en: null, max: null, mandatory: false }] }],
              bands: [],
            },
          ],
      not_for_scoring: none ? [] : [{ id: 'cs-2', reason: 'no_weights' }],
    }),
    'cycles.open': () => {
      throw new Problem('cycle_exists');
    },
    'reference.import': ({ check_only, accept_good_rows }) => ({
      applied: !check_only,
      good: 118,
      created: 100,
      changed: 18,
      refused: accept_good_rows
        ? []
        : [
            { row: 7, column: 'Cấp', reason: 'unknown_level', value: 'xa' },
            { row: 12, column: 'Ngày hiệu lực', reason: 'not_a_date', value: '31/02/2025' },
            { row: 40, column: 'Đơn vị cấp trên', reason: 'never_heard', value: '' },
          ],
      remarks: [
        { row: 21, column: 'Có hiệu lực từ ngày', code: 'leaves_a_gap', params: { from: '2025-07-01', until: '2025-09-01' } },
      ],
    }),
  };
}
